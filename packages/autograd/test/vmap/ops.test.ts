import { fullLike, onesLike, stack, type Tensor, zerosLike } from '@gradus/tensor';
import { oneHot } from '@gradus/tensor/functional';
import { gcd, lcm, nextafter } from '@gradus/tensor/special';
import { bucketize, histc, isin, searchsorted } from '@gradus/tensor/statistics';
import { describe, it } from 'vitest';
import { vmap } from '../../src/transforms/index.ts';
import { type GradientCase, type GradientTable, type Operand, of, valuesOf } from '../gradients/case.ts';
import { tables } from '../gradients/tables.ts';
import { assertClose } from './close.ts';
import '../setup.ts';

const EXAMPLES = 3;

/** How the examples of an operand lie: along the first axis, along the last, or one for all. */
type Placement = 'first' | 'last' | 'shared';

describe.each(Object.entries(tables))('vmap of %s', (_, table) => {
  it.each(Object.entries(table as GradientTable))('%s equals a loop', (name, cases) => {
    for (const [i, gradientCase] of cases.entries()) {
      for (const placements of mixtures(gradientCase.operands.length)) {
        check(gradientCase, placements, `${name}, case ${i}, ${placements.join(' ')}`);
      }
    }
  });
});

/** All operands batched along the first axis, along the last one, and each alone. */
function mixtures(count: number): readonly (readonly Placement[])[] {
  const all = (placement: Placement): Placement[] => Array.from({ length: count }, () => placement);
  if (count === 0) return [];
  const alone = all('shared').map((_, i) => all('shared').with(i, 'first'));
  return [all('first'), all('last'), ...(count > 1 ? alone : [])];
}

function check({ call, operands }: GradientCase, placements: readonly Placement[], label: string): void {
  const examples = Array.from({ length: EXAMPLES }, (_, e) => operands.map((operand, i) => example(operand, i, e)));
  const inDims = placements.map((p) => (p === 'shared' ? null : p === 'first' ? 0 : -1));
  const args = operands.map((_, i) => {
    if (placements[i] === 'shared') return (examples[0] as Tensor[])[i] as Tensor;
    return stack(
      examples.map((list) => list[i] as Tensor),
      { dim: placements[i] === 'first' ? 0 : -1 },
    );
  });
  const mapped = [vmap(call, { inDims, randomness: 'same' })(...args)].flat() as Tensor[];
  const looped = examples.map((list) => {
    const own = list.map((x, i) => (placements[i] === 'shared' ? (args[i] as Tensor) : x));
    return [call(...own)].flat() as Tensor[];
  });
  mapped.forEach((result, o) => {
    const expected = stack(looped.map((outputs) => outputs[o] as Tensor));
    assertClose(result, expected, `${label}, output ${o}`);
  });
}

/** Example e of operand i: other values for each. */
function example(operand: Operand, i: number, e: number): Tensor {
  return valuesOf(operand, operand.shape, 7 * e + i + 1);
}

/** Ops without gradients, on batched operands x (float, [4]), i and j (int32, [4]), m (bool, [4]). */
const others: Readonly<Record<string, (x: Tensor, i: Tensor, j: Tensor, m: Tensor) => Tensor | readonly Tensor[]>> = {
  all: (_x, _i, _j, m) => m.all(),
  any: (_x, _i, _j, m) => [m.any(), m.any({ dim: 0 })],
  argmax: (x) => [x.argmax(), x.reshape([2, 2]).argmax({ dim: 1, keepdim: true })],
  argmin: (x) => x.reshape([2, 2]).argmin(),
  argsort: (x) => x.argsort({ descending: true }),
  bitwise: (_x, i, j) => [i.bitwiseAnd(j), i.bitwiseOr(3), i.bitwiseXor(j), i.bitwiseLeftShift(1)],
  comparisons: (x) => [x.gt(0), x.le(x.flip()), x.eq(x), x.isnan(), x.isclose(x.add(1e-12))],
  countNonzero: (_x, i) => i.countNonzero(),
  gcd: (_x, i, j) => [gcd(i, j), lcm(i, j)],
  isin: (_x, i, j) => isin(i, j),
  like: (x) => [zerosLike(x), onesLike(x), fullLike(x, 3)],
  logical: (x, _i, _j, m) => [m.logicalNot(), m.logicalXor(x.gt(0))],
  nextafter: (x) => nextafter(x, x.add(1)),
  oneHot: (_x, i) => oneHot(i, 5),
  searchsorted: (x) => [searchsorted(x.sort().values, x), bucketize(x, x.sort().values)],
  to: (x, i) => [x.to('int32'), x.to('bool'), i.to('float16')],
  histc: (x) => histc(x, { bins: 3, min: -1, max: 1 }),
};

describe('vmap of ops without gradients', () => {
  const rows = Array.from({ length: EXAMPLES }, (_, e) => valuesOf(of([4]), [4], e + 1));
  const integers = (k: number): Tensor[] => rows.map((row) => row.mul(k).abs().to('int32').clamp({ max: 4 }));
  const operands = [rows, integers(5), integers(7), rows.map((row) => row.gt(0))];

  it.each(Object.entries(others))('%s equals a loop', (name, call) => {
    const [x, i, j, m] = operands.map((list) => stack(list)) as [Tensor, Tensor, Tensor, Tensor];
    const mapped = [vmap(call)(x, i, j, m)].flat() as Tensor[];
    const looped = rows.map((_, e) => {
      const [a, b, c, d] = operands.map((list) => list[e]) as [Tensor, Tensor, Tensor, Tensor];
      return [call(a, b, c, d)].flat() as Tensor[];
    });
    mapped.forEach((result, o) => {
      assertClose(result, stack(looped.map((outputs) => outputs[o] as Tensor)), `${name}, output ${o}`);
    });
  });
});
