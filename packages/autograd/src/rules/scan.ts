import { limitsOf } from '@gradus/storage';
import { exp, flip, gt, log, lt, neg, sub, type Tensor, where, zerosLike } from '@gradus/tensor';
import { scan as launch, scatterInPlace } from '@gradus/tensor/launch';
import { cumprodGradient, sumFrom } from './products.ts';
import type { OperationOf, Rule } from './rule.ts';

export const scan: Rule<OperationOf<'scan'>> = {
  saves({ op }) {
    if (op === 'sum') return {};
    return op === 'max' || op === 'min' ? { outputs: [1] } : { inputs: [0], outputs: [0] };
  },

  backward(context, [g]) {
    const { op, axis } = context.operation;
    if (!g) return [];
    // The fold of a scalar is the scalar.
    if (g.ndim === 0) return [() => g];
    switch (op) {
      case 'sum':
        return [() => sumFrom(g, axis)];
      case 'prod':
        return [() => cumprodGradient(context.input(0), context.output(0), g, axis, context.createGraph)];
      case 'logsumexp':
        return [() => logcumsumexpGradient(context.input(0), context.output(0), g, axis)];
      default:
        return [() => scatterInPlace(zerosLike(g), context.output(1), g, axis, 'sum')];
    }
  },
};

/**
 * exp(x_i) sum over j >= i of g_j exp(-y_j), in logarithms, the positive and negative gradients apart. The lowest number
 * stands for log(0): -Infinity would make the second derivative NaN.
 */
function logcumsumexpGradient(x: Tensor, y: Tensor, g: Tensor, axis: number): Tensor {
  const part = (isPart: Tensor, magnitude: Tensor): Tensor => {
    const logs = sub(where(isPart, log(magnitude), limitsOf(x.dtype).min), y);
    const summed = flip(launch('logsumexp', flip(logs, axis), axis)[0] as Tensor, axis);
    return exp(summed.add(x));
  };
  return sub(part(gt(g, 0), g), part(lt(g, 0), neg(g)));
}
