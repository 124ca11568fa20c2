import type { ScanOp } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf, type ViewType } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { scalarSource } from './scalar-source.ts';
import { valueType } from './value-type.ts';

export const scanOps: readonly ScanOp[] = ['sum', 'prod', 'max', 'min', 'logsumexp'];

/** One line per invocation, element after element. */
export function scanSource(
  op: ScanOp,
  dtype: DType,
  rank: number,
  withIndices: boolean,
  slots: readonly number[],
): KernelSource {
  const views: readonly ViewType[] = [
    { dtype, written: false },
    { dtype, written: true },
    ...(withIndices ? [{ dtype: 'int32' as const, written: true }] : []),
  ];
  const { bindings, of } = bindingsOf(views, slots);
  const names = ['x', 'y', 'at'].slice(0, views.length);
  const body = `  if (thread >= p.lines) { return; }
${coordinates('c', rank, 'thread')}
${names.map((name) => `  let ${name}Start = ${position(name, 'c', rank)};`).join('\n')}
  var best = 0;
  var value = ${loadElement(of(0), dtype, 'xStart')};
  for (var i = 0u; i < p.length; i++) {
    if (i > 0u) {
      let x = ${loadElement(of(0), dtype, 'xStart + i * p.xStep')};
      ${scanStep(op, dtype, 'i32(i)')}
    }
    ${storeElement(of(1), dtype, 'yStart + i * p.yStep', 'value')}
    ${withIndices ? storeElement(of(2), 'int32', 'atStart + i * p.atStep', 'best') : ''}
  }`;
  return {
    label: `scan ${op}`,
    bindings,
    params: [
      ...params('u32', 'lines', 'length'),
      ...sizeParams('c', rank),
      ...names.flatMap((name) => [...viewParams(name, 'c', rank), ...params('u32', `${name}Step`)]),
    ],
    workgroup: [64, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}

/** A statement that folds `x`, the element at index `at`, into `value` and `best`. */
export function scanStep(op: ScanOp, dtype: DType, at: string): string {
  if (op === 'sum') return `value = ${scalarSource('add', dtype, ['value', 'x'])};`;
  if (op === 'prod') return `value = ${scalarSource('mul', dtype, ['value', 'x'])};`;
  if (op === 'logsumexp') return 'value = logAddExp(value, x);';
  const better = scalarSource(op === 'max' ? 'ge' : 'le', dtype, ['x', 'value']);
  const wins = valueType(dtype) === 'f32' ? `isNan(x) || (!isNan(value) && ${better})` : better;
  return `if (${wins}) { value = x; best = ${at}; }`;
}
