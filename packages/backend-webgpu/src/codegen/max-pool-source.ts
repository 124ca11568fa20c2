import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, stepParams, viewParams } from './index-source.ts';

const VIEWS = ['x', 'y', 'index'] as const;

/** Parameters per spatial axis. */
const WINDOW = ['size', 'window', 'stride', 'padding', 'dilation'] as const;

/** One window of floats per invocation. `planesRank` axes count the planes, `rank` axes are spatial. */
export function maxPoolSource(dtype: DType, planesRank: number, rank: number, slots: readonly number[]): KernelSource {
  const { bindings, of } = bindingsOf(
    [
      { dtype, written: false },
      { dtype, written: true },
      { dtype: 'int32', written: true },
    ],
    slots,
  );
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const element = axes.map((r) => ` + u32(at${r}) * p.xoStep${r}`).join('');
  const target = (view: string): string => position(view, 'o', rank, position(view, 'n', planesRank));
  const body = `  if (thread >= p.results) { return; }
${coordinates('n', planesRank, 'thread / p.positions')}
${coordinates('o', rank, 'thread % p.positions')}
  let plane = ${position('x', 'n', planesRank)};
${axes.map(start).join('\n')}
  // Where all of a window is -Infinity, its first element in the plane stands for it.
  var best = -inf();
  var index = ${flatIndex(axes, (r) => `inside${r}`)};
${axes.map(open).join('\n')}
    let value = ${loadElement(of(0), dtype, `plane${element}`)};
    if (value > best || (isNan(value) && !isNan(best))) {
      best = value;
      index = ${flatIndex(axes, (r) => `at${r}`)};
    }
  ${'}'.repeat(rank)}
  ${storeElement(of(1), dtype, target('y'), 'best')}
  ${storeElement(of(2), 'int32', target('index'), 'index')}`;
  return {
    label: 'max pooling',
    bindings,
    params: [
      ...params('u32', 'results', 'positions'),
      ...sizeParams('n', planesRank),
      ...sizeParams('o', rank),
      ...VIEWS.flatMap((view) => [...viewParams(view, 'n', planesRank), ...stepParams(view, 'o', rank)]),
      ...axes.flatMap((r) => params('i32', ...WINDOW.map((name) => `${name}${r}`))),
    ],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}

/** Where the window begins along an axis, and where the plane begins within it. */
function start(r: number): string {
  return `  let start${r} = i32(o${r}) * p.stride${r} - p.padding${r};
  let inside${r} = select(start${r}, (start${r} % p.dilation${r} + p.dilation${r}) % p.dilation${r}, start${r} < 0);`;
}

/** A loop over the window along an axis, without what lies outside of the plane. */
function open(r: number): string {
  return `  for (var w${r} = 0; w${r} < p.window${r}; w${r}++) {
    let at${r} = start${r} + w${r} * p.dilation${r};
    if (at${r} < 0 || at${r} >= p.size${r}) { continue; }`;
}

function flatIndex(axes: readonly number[], at: (axis: number) => string): string {
  return axes.reduce((index, r) => (r === 0 ? at(0) : `(${index}) * p.size${r} + ${at(r)}`), '');
}
