import type { ScatterCombine } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { castSource, scalarSource } from './scalar-source.ts';

export const scatterCombines: readonly ScatterCombine[] = ['replace', 'sum', 'prod', 'max', 'min'];

/** Sizes of the lines, then each view's place in them; `pushLines` gives the latter. */
export function scatterParams(sizes: readonly string[], rank: number, views: readonly string[]): readonly Param[] {
  return [
    ...params('u32', ...sizes),
    ...sizeParams('c', rank),
    ...views.flatMap((view) => [...viewParams(view, 'c', rank), ...params('u32', `${view}Step`)]),
  ];
}

const operations = { sum: 'add', prod: 'mul', max: 'max', min: 'min' } as const;

/** What an element becomes when a value goes to it. */
export function combined(how: ScatterCombine, dtype: DType, old: string, value: string): string {
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
    params: scatterParams(['lines', 'length', 'targets'], rank, ['out', 'at', 'source']),
    workgroup: [64, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
