import { broadcastShapes, type Shape } from '@gradus/storage';
import { type ReduceOperation, reshape, type Tensor } from '@gradus/tensor';
import { reducedShape } from '@gradus/tensor/launch';
import { shareAmongTies, toIndex } from './extremes.ts';
import { productOfOthers } from './products.ts';
import type { Context, Rule } from './rule.ts';
import { savedForSum, sumGradient } from './sum.ts';

/** Folds: a sum's body and finish are differentiated; products and extremes are of plain elements. */
export const reduce: Rule<ReduceOperation> = {
  saves(operation, needs, outputs) {
    const { fold } = operation.program;
    if (fold === 'sum') return savedForSum(operation, needs);
    if (fold === 'prod') return { inputs: [0] };
    return outputs === 2 ? { outputs: [1] } : { inputs: [0], outputs: [0] };
  },

  backward(context, [gradient]) {
    if (!gradient) return [];
    const { program, axes } = context.operation;
    const full = broadcastShapes('backward', ...context.inputShapes);
    const kept = reducedShape(full, axes, true);
    const g = reshape(gradient, kept);
    if (program.fold === 'sum') return sumGradient(context, g, full);
    return [() => selected(context, g, full, kept)];
  },
};

function selected(context: Context<ReduceOperation>, g: Tensor, full: Shape, kept: Shape): Tensor {
  const { program, axes } = context.operation;
  if (program.fold === 'prod') return g.mul(productOfOthers(context.input(0), axes));
  if (context.outputs === 2) return toIndex(g, reshape(context.output(1), kept), axes, full);
  return shareAmongTies(g, context.input(0), reshape(context.output(0), kept), axes);
}
