import type { ScatterCombine } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import type { Binding, KernelSource } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position } from './index-source.ts';
import { combined, scatterParams } from './scatter-source.ts';
import { foldType } from './value-type.ts';

/** Entries of a sorted line that one invocation combines. */
export const PIECE = 32;

/** Entries that a piece leaves to its line's next round: what it shares with the piece before, and with the one behind. */
export const LEFT = 2;

/** What the code of one round depends on. */
export interface ScatterRound {
  readonly combine: ScatterCombine;
  readonly dtype: DType;
  /** The dtype of the entries' values: first the output's, then that of what was combined. */
  readonly from: DType;
  readonly rank: number;
}

/**
 * A piece of a line's entries per invocation, where those of one target stand together. Targets whose entries are all in the
 * piece are done; what belongs to others becomes an entry of the next round, in the same order. A target that fills the piece
 * and goes on at both ends leaves two, so that its entries stand together again. In the first round values lie where `order` says.
 */
export function sortedScatterSource(round: ScatterRound, isFirst: boolean, slots: readonly number[]): KernelSource {
  const { combine, dtype, from, rank } = round;
  const views = [
    { name: 'out', dtype, written: true },
    { name: 'target', dtype: 'int32', written: false },
    { name: 'source', dtype: from, written: false },
    { name: 'leftTarget', dtype: 'int32', written: true },
    { name: 'leftSource', dtype: foldType(dtype), written: true },
    ...(isFirst ? [{ name: 'order', dtype: 'int32', written: false } as const] : []),
  ] as const;
  type Name = (typeof views)[number]['name'];
  const names = views.map(({ name }) => name);
  const { bindings, of } = bindingsOf(views, slots);
  const dtypeOf = (name: Name): DType => (views[names.indexOf(name)] as { dtype: DType }).dtype;
  const bindingOf = (name: Name): Binding => of(names.indexOf(name));
  const place = (name: Name, i: string): string => `${name}Start + u32(${i}) * p.${name}Step`;
  const load = (name: Name, i: string): string => loadElement(bindingOf(name), dtypeOf(name), place(name, i));
  const store = (name: Name, i: string, value: string): string =>
    storeElement(bindingOf(name), dtypeOf(name), place(name, i), value);
  const value = load('source', isFirst ? load('order', 'i') : 'i');
  const body = `  if (thread >= p.lines * p.pieces) { return; }
  let piece = thread / p.lines;
${coordinates('c', rank, 'thread % p.lines')}
${names.map((name) => `  let ${name}Start = ${position(name, 'c', rank)};`).join('\n')}
  let first = piece * ${PIECE}u;
  let end = min(first + ${PIECE}u, p.length);
  var before = -1;
  if (first > 0u) { before = ${load('target', 'first - 1u')}; }
  var behind = -1;
  if (end < p.length) { behind = ${load('target', 'end')}; }
  let middle = select(end, first + ${PIECE / 2}u, before >= 0 && before == behind);
  var left = array<i32, ${LEFT}>(-1, -1);
  var i = first;
  while (i < end) {
    let start = i;
    let goal = ${load('target', 'i')};
    var result = ${value};
    for (i++; i < end && i != middle; i++) {
      if (${load('target', 'i')} != goal) { break; }
      let value = ${value};
      result = ${combined(combine, dtype, 'result', 'value')};
    }
    if (goal < 0 || u32(goal) >= p.targets) { continue; }
    let isBegun = start == first && goal == before;
    if (isBegun || (i == end && goal == behind)) {
      let side = select(1u, 0u, isBegun);
      left[side] = goal;
      ${store('leftSource', `piece * ${LEFT}u + side`, 'result')}
    } else {
      let old = ${load('out', 'goal')};
      let total = ${combined(combine, dtype, 'old', 'result')};
      ${store('out', 'goal', 'total')}
    }
  }
  for (var side = 0u; side < ${LEFT}u; side++) { ${store('leftTarget', `piece * ${LEFT}u + side`, 'left[side]')} }`;
  return {
    label: `scatter ${combine}`,
    bindings,
    params: scatterParams(['lines', 'length', 'targets', 'pieces'], rank, names),
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
