import { sizeOf } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { div, mul, sub } from '../expression/builder.ts';
import type { Expression } from '../expression/expression.ts';
import type { NormalizationBackwardKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { withScratch } from '../scratch.ts';
import { deviationOf, standardized } from './normalization.ts';
import { Operands } from './operands.ts';

type Fields = Omit<NormalizationBackwardKernel, 'kind' | 'name' | 'decompose'>;

export function normalizationBackward(fields: Fields): NormalizationBackwardKernel {
  return { kind: 'fused', name: 'normalizationBackward', decompose, ...fields };
}

/**
 * With h = gradient * weight and the standardized input s: (h - mean(h) - s mean(h s)) / sqrt(variance + eps), without mean(h)
 * where no mean was subtracted. The weight's gradient is the sum of gradient * s, the bias's that of the gradient.
 */
function decompose(backend: Backend, kernel: NormalizationBackwardKernel): void {
  const { gradient, input, weight, variance, mean, axes, eps, outputs } = kernel;
  const { shape } = input.layout;
  const [ofInput] = outputs;
  const standard = (operands: Operands): Expression => standardized(operands, input, variance, mean, eps);
  const weighted = (operands: Operands): Expression => {
    const g = operands.read(gradient);
    return weight === null ? g : mul(g, operands.read(weight));
  };
  const share = 1 / sizeOf(axes.map((axis) => shape[axis] as number));
  const average = (target: View, body: (operands: Operands) => Expression): void => {
    const operands = new Operands(shape);
    const scale = operands.number(share, target);
    operands.reduce(backend, 'sum', target, body(operands), (sum) => mul(sum, scale));
  };
  withScratch(backend, (allocate) => {
    const projection = allocate(variance.layout.shape, variance.dtype);
    average(projection, (operands) => mul(weighted(operands), standard(operands)));
    const level = mean && allocate(mean.layout.shape, mean.dtype);
    if (level) average(level, weighted);

    const operands = new Operands(shape);
    const h = weighted(operands);
    const away = level ? sub(h, operands.read(level)) : h;
    const rest = sub(away, mul(standard(operands), operands.read(projection)));
    operands.map(backend, [ofInput], [div(rest, deviationOf(operands, variance, eps))]);
  });
  parameterGradients(backend, kernel);
}

/** The part of the kernel that is about weight and bias, for backends whose own code is about the input. */
export function parameterGradients(backend: Backend, kernel: NormalizationBackwardKernel): void {
  const { gradient, input, variance, mean, eps, outputs } = kernel;
  const [, ofWeight, ofBias] = outputs;
  const total = (target: View, body: (operands: Operands) => Expression): void => {
    const operands = new Operands(input.layout.shape);
    operands.reduce(backend, 'sum', target, body(operands));
  };
  if (ofWeight) {
    total(ofWeight, (operands) => {
      return mul(operands.read(gradient), standardized(operands, input, variance, mean, eps));
    });
  }
  if (ofBias) total(ofBias, (operands) => operands.read(gradient));
}
