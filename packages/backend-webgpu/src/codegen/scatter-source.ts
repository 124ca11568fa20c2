import type { ScatterCombine } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { castSource, scalarSource } from './scalar-source.ts';

export const scatterCombines: readonly ScatterCombine[] = ['replace', 'sum', 'prod', 'max', 'min'];

function scatterParams(rank: number, views: readonly string[]): readonly Param[] {
  return [
    ...params('u32', 'lines', 'length', 'targets'),
    ...sizeParams('c', rank),
    ...views.flatMap((view) => [...viewParams(view, 'c', rank), ...params('u32', `${view}Step`)]),
  ];
}

const operations = { sum: 'add', prod: 'mul', max: 'max', min: 'min' } as const;

function combined(how: ScatterCombine, dtype: DType, old: string, value: string): string {
  return how === 'replace' ? value : scalarSource(operations[how], dtype, [old, value]);
}

/** A line per invocation, element after element. Indices outside the axis are left out. */
export function scatterSource(
  how: ScatterCombine,
  dtype: DType,
  indexDType: DType,
  rank: number,
  slots: readonly number[],
): KernelSource {
  const { bindings, of } = bindingsOf(
    [
      { dtype, written: true },
      { dtype: indexDType, written: false },
      { dtype, written: false },
    ],
    slots,
  );
  const place = 'outStart + u32(index) * p.outStep';
  const body = `  if (thread >= p.lines) { return; }
${coordinates('c', rank, 'thread')}
  let outStart = ${position('out', 'c', rank)};
  let atStart = ${position('at', 'c', rank)};
  let sourceStart = ${position('source', 'c', rank)};
  for (var i = 0u; i < p.length; i++) {
    let index = ${castSource(loadElement(of(1), indexDType, 'atStart + i * p.atStep'), indexDType, 'int32')};
    if (index < 0 || u32(index) >= p.targets) { continue; }
    let value = ${loadElement(of(2), dtype, 'sourceStart + i * p.sourceStep')};
    ${how === 'replace' ? '' : `let old = ${loadElement(of(0), dtype, place)};`}
    let result = ${combined(how, dtype, 'old', 'value')};
    ${storeElement(of(0), dtype, place, 'result')}
  }`;
  return {
    label: `scatter ${how}`,
    bindings,
    params: scatterParams(rank, ['out', 'at', 'source']),
    workgroup: [64, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}

/** An element of the output per invocation: its indices stand together in the sorted line. */
export function sortedScatterSource(
  how: ScatterCombine,
  dtype: DType,
  rank: number,
  slots: readonly number[],
): KernelSource {
  const { bindings, of } = bindingsOf(
    [
      { dtype, written: true },
      { dtype: 'int32', written: false },
      { dtype: 'int32', written: false },
      { dtype, written: false },
    ],
    slots,
  );
  const sorted = (i: string): string => loadElement(of(1), 'int32', `sortedStart + (${i}) * p.sortedStep`);
  const source = `sourceStart + u32(${loadElement(of(2), 'int32', 'orderStart + i * p.orderStep')}) * p.sourceStep`;
  const body = `  if (thread >= p.lines * p.targets) { return; }
  let goal = i32(thread / p.lines);
${coordinates('c', rank, 'thread % p.lines')}
  let outStart = ${position('out', 'c', rank)};
  let sortedStart = ${position('sorted', 'c', rank)};
  let orderStart = ${position('order', 'c', rank)};
  let sourceStart = ${position('source', 'c', rank)};
  var low = 0u;
  var high = p.length;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (${sorted('middle')} < goal) { low = middle + 1u; } else { high = middle; }
  }
  if (low >= p.length || ${sorted('min(low, p.length - 1u)')} != goal) { return; }
  let place = outStart + u32(goal) * p.outStep;
  var result = ${loadElement(of(0), dtype, 'place')};
  for (var i = low; i < p.length; i++) {
    if (${sorted('i')} != goal) { break; }
    let value = ${loadElement(of(3), dtype, source)};
    result = ${combined(how, dtype, 'result', 'value')};
  }
  ${storeElement(of(0), dtype, 'place', 'result')}`;
  return {
    label: `scatter ${how}`,
    bindings,
    params: scatterParams(rank, ['out', 'sorted', 'order', 'source']),
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
