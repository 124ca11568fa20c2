import { isFloat } from '@gradus/storage';
import { fromValues, stack, type Tensor } from '@gradus/tensor';
import { describe, it } from 'vitest';
import { grad } from '../../src/index.ts';
import { vjp, vmap } from '../../src/transforms/index.ts';
import { type GradientCase, type GradientTable, valuesOf } from '../gradients/case.ts';
import { tables } from '../gradients/tables.ts';
import '../setup.ts';
import { assertClose } from './close.ts';

const EXAMPLES = 2;

describe.each(Object.entries(tables))('vmap and gradients of %s', (_, table) => {
  it.each(Object.entries(table as GradientTable))('%s', (name, cases) => {
    for (const [i, gradientCase] of cases.entries()) {
      perExample(gradientCase, `${name}, case ${i}, vmap of vjp`);
      manyAtOnce(gradientCase, `${name}, case ${i}, isGradsBatched`);
    }
  });
});

/** Gradients per example of what each output's sum is, by vmap and by a loop. */
function perExample({ call, operands }: GradientCase, label: string): void {
  if (operands.length === 0) return;
  const examples = Array.from({ length: EXAMPLES }, (_, e) =>
    operands.map((operand, i) => valuesOf(operand, operand.shape, 7 * e + i + 1)),
  );
  const slopes = (...inputs: readonly Tensor[]): readonly Tensor[] => {
    const total = (...xs: readonly Tensor[]): Tensor => {
      const sums = differentiable(call(...xs)).map((y) => y.mul(y).sum());
      return sums.reduce((a, b) => a.add(b), fromValues([0], [], { dtype: 'float64' }));
    };
    return vjp<readonly Tensor[], Tensor>(total, inputs).gradients;
  };
  const args = operands.map((_, i) => stack(examples.map((list) => list[i] as Tensor)));
  const mapped = vmap(slopes, { randomness: 'same' })(...args);
  const looped = examples.map((list) => slopes(...list));
  mapped.forEach((result, i) => {
    assertClose(result, stack(looped.map((list) => list[i] as Tensor)), `${label}, input ${i}`);
  });
}

/** A pass with a batch of gradients equals one pass each, over a graph that isn't batched. */
function manyAtOnce({ call, operands }: GradientCase, label: string): void {
  const inputs = operands.map((operand, i) => valuesOf(operand, operand.shape, i + 1).setRequiresGrad());
  for (const output of differentiable(call(...inputs)).filter((y) => y.requiresGrad)) {
    const count = EXAMPLES * output.size;
    const gradOutputs = fromValues(
      Float64Array.from({ length: count }, (_, i) => Math.cos(i)),
      [EXAMPLES, ...output.shape],
      { dtype: output.dtype },
    );
    const options = { retainGraph: true, allowUnused: true } as const;
    const found = grad(output, inputs, { ...options, gradOutputs, isGradsBatched: true });
    const rows = (gradOutputs.unbind() as Tensor[]).map((g) => grad(output, inputs, { ...options, gradOutputs: g }));
    found.forEach((result, i) => {
      if (result !== null) assertClose(result, stack(rows.map((row) => row[i] as Tensor)), `${label}, input ${i}`);
    });
  }
}

function differentiable(result: Tensor | readonly Tensor[]): readonly Tensor[] {
  return ([result].flat() as Tensor[]).filter(({ dtype }) => isFloat(dtype));
}
