import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { wrap } from './scalar-source.ts';
import { literal, valueType } from './value-type.ts';

/** One element of the product per invocation. */
export function matmulSource(
  dtype: DType,
  batchRank: number,
  accumulate: boolean,
  slots: readonly number[],
): KernelSource {
  const { bindings, of } = bindingsOf(
    [false, false, true].map((written) => ({ dtype, written })),
    slots,
  );
  const type = valueType(dtype);
  const place = 'outStart + row * p.outRow + column * p.outColumn';
  const start = accumulate ? loadElement(of(2), dtype, place) : literal(0, type);
  const [left, right] = [
    loadElement(of(0), dtype, 'aStart + k * p.aColumn'),
    loadElement(of(1), dtype, 'bStart + k * p.bRow'),
  ];
  const step = type === 'bool' ? `sum = sum | (${left} & ${right});` : `sum += ${left} * ${right};`;
  const body = `  if (thread >= p.size) { return; }
  let column = thread % p.columns;
  let row = (thread / p.columns) % p.rows;
${coordinates('c', batchRank, 'thread / (p.columns * p.rows)')}
  let aStart = ${position('a', 'c', batchRank)} + row * p.aRow;
  let bStart = ${position('b', 'c', batchRank)} + column * p.bColumn;
  let outStart = ${position('out', 'c', batchRank)};
  var sum = ${start};
  for (var k = 0u; k < p.depth; k++) {
    ${step}
  }
  ${storeElement(of(2), dtype, place, wrap('sum', dtype))}`;
  return {
    label: 'matmul',
    bindings,
    params: [
      ...params('u32', 'size', 'rows', 'columns', 'depth'),
      ...sizeParams('c', batchRank),
      ...['a', 'b', 'out'].flatMap((view) => [
        ...viewParams(view, 'c', batchRank),
        ...params('u32', `${view}Row`, `${view}Column`),
      ]),
    ],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
