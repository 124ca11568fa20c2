import { type Param, params } from '../queue/kernel-source.ts';

/**
 * How kernels find elements: a number is taken apart into coordinates `c0`, `c1`, ... along sizes `cSize0`, ..., and a view's
 * element lies at `aAt + c0 * aStep0 + ...`. All of it in u32, where negative strides wrap as they should.
 */

/** Parameters that hold the sizes of `rank` axes. */
export function sizeParams(axes: string, rank: number): readonly Param[] {
  return params('u32', ...range(rank).map((r) => `${axes}Size${r}`));
}

/** Parameters that hold where a view starts, and its strides. */
export function viewParams(view: string, axes: string, rank: number): readonly Param[] {
  return params('u32', `${view}At`, ...stepNames(view, axes, rank));
}

/** Parameters that hold a view's strides along further axes. */
export function stepParams(view: string, axes: string, rank: number): readonly Param[] {
  return params('u32', ...stepNames(view, axes, rank));
}

/** Statements that take `index` apart, row-major. */
export function coordinates(axes: string, rank: number, index: string): string {
  if (rank === 0) return '';
  const lines = [`  var ${axes}Rest = ${index};`];
  for (let r = rank - 1; r > 0; r--) {
    lines.push(
      `  let ${axes}${r} = ${axes}Rest % p.${axes}Size${r};`,
      `  ${axes}Rest = ${axes}Rest / p.${axes}Size${r};`,
    );
  }
  lines.push(`  let ${axes}0 = ${axes}Rest;`);
  return lines.join('\n');
}

/** Where a view's element lies, from `start` on. */
export function position(view: string, axes: string, rank: number, start = `p.${view}At`): string {
  return [start, ...range(rank).map((r) => `${axes}${r} * p.${view}${axes}Step${r}`)].join(' + ');
}

function stepNames(view: string, axes: string, rank: number): readonly string[] {
  return range(rank).map((r) => `${view}${axes}Step${r}`);
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
