import { scope, stack, type Tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { vmap } from '../../src/vmap/vmap.ts';
import { type GradientCase, type GradientTable, type Operand, valuesOf } from '../gradients/case.ts';
import { tables } from '../gradients/tables.ts';
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
    expect([result.shape, result.dtype], label).toEqual([expected.shape, expected.dtype]);
    scope(() => assertClose(result, expected, `${label}, output ${o}`));
  });
}

function assertClose(result: Tensor, expected: Tensor, label: string): void {
  const [found, wanted] = [result.dataSync(), expected.dataSync()];
  found.forEach((value, i) => {
    const other = wanted[i] as number;
    const close = Object.is(value, other) || Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(other));
    expect(close || (Number.isNaN(value) && Number.isNaN(other)), `${label}: ${value} is not ${other}`).toBe(true);
  });
}

/** Example e of operand i: other values for each. */
function example(operand: Operand, i: number, e: number): Tensor {
  return valuesOf(operand, operand.shape, 7 * e + i + 1);
}
