import { sizeOf } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { add, div, mul, sqrt, sub } from '../expression/builder.ts';
import type { Expression } from '../expression/expression.ts';
import type { NormalizationKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { Operands } from './operands.ts';

type Fields = Omit<NormalizationKernel, 'kind' | 'name' | 'decompose'>;

export function normalization(fields: Fields): NormalizationKernel {
  return { kind: 'fused', name: 'normalization', decompose, ...fields };
}

/** Two passes for the variance, so that nothing cancels; a third writes the result. */
function decompose(backend: Backend, { input, weight, bias, outputs, axes, eps }: NormalizationKernel): void {
  const [output, variance, mean] = outputs;
  const { shape } = input.layout;
  const share = 1 / sizeOf(axes.map((axis) => shape[axis] as number));
  if (mean !== undefined) {
    const operands = new Operands(shape);
    const scale = operands.number(share, mean);
    operands.reduce(backend, 'sum', mean, operands.read(input), (sum) => mul(sum, scale));
  }
  const moments = new Operands(shape);
  const scale = moments.number(share, variance);
  const deviation = centred(moments, input, mean);
  moments.reduce(backend, 'sum', variance, mul(deviation, deviation), (sum) => mul(sum, scale));

  const operands = new Operands(shape);
  const standard = standardized(operands, input, variance, mean, eps);
  const scaled = weight === null ? standard : mul(standard, operands.read(weight));
  operands.map(backend, [output], [bias === null ? scaled : add(scaled, operands.read(bias))]);
}

function centred(operands: Operands, input: View, mean: View | null | undefined): Expression {
  const x = operands.read(input);
  return mean ? sub(x, operands.read(mean)) : x;
}

/** sqrt(variance + eps). */
export function deviationOf(operands: Operands, variance: View, eps: number): Expression {
  return sqrt(add(operands.read(variance), operands.number(eps, variance)));
}

/** (input - mean) / sqrt(variance + eps). */
export function standardized(
  operands: Operands,
  input: View,
  variance: View,
  mean: View | null | undefined,
  eps: number,
): Expression {
  return div(centred(operands, input, mean), deviationOf(operands, variance, eps));
}
