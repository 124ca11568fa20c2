import { type CrossEntropyGeometry, dispatch } from '@gradus/backend';
import { crossEntropyBackward } from '@gradus/backend/nn';
import {
  div,
  type GradientContext,
  type GradientRule,
  mul,
  softmax,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from '@gradus/tensor';
import { allocate, laidOut, reducedShape, transform } from '@gradus/tensor/launch';
import { classShares, perClass } from './class-shares.ts';

/** Inputs are the logits, the classes and perhaps their weights; outputs the loss and what the kernel keeps for backward. */
export function crossEntropyRule(geometry: CrossEntropyGeometry): GradientRule {
  return {
    saves: { inputs: [0, 1, 2], outputs: [1, 2, 3] },
    backward(context, [g]) {
      if (!g) return [];
      const composed = context.createGraph || transform?.takes([g]);
      return [() => (composed ? composedGradient : fusedGradient)(geometry, context, g)];
    },
  };
}

function fusedGradient(geometry: CrossEntropyGeometry, context: GradientContext, g: Tensor): Tensor {
  const { axis } = geometry;
  const [x, weight] = [context.input(0), weightOf(context)];
  const rows = reducedShape(x.shape, [axis], true);
  const gradient = allocate(x.backend, x.shape, x.dtype);
  const kernel = crossEntropyBackward({
    ...geometry,
    gradient: g.ndim === 0 ? g : laidOut(g, rows),
    input: x,
    target: laidOut(context.input(1), rows),
    weight: weight && laidOut(weight, perClass(x, axis)),
    highest: context.output(1),
    sum: context.output(2),
    total: totalOf(context),
    outputs: [gradient],
  });
  dispatch(x.backend, kernel);
  return gradient;
}

/** Of ops, which can be differentiated again: a function of the logits and the loss's gradient. */
function composedGradient(geometry: CrossEntropyGeometry, context: GradientContext, g: Tensor): Tensor {
  const { axis } = geometry;
  const [x, total] = [context.input(0), totalOf(context)];
  const shares = classShares(x, context.input(1), weightOf(context), geometry);
  const away = sub(mul(softmax(x, axis), sum(shares, { dim: axis, keepdim: true })), shares);
  const perRow = g.ndim === 0 ? g : unsqueeze(g, axis);
  return mul(away, total === null ? perRow : div(perRow, total));
}

function weightOf(context: GradientContext): Tensor | null {
  return context.needs.length > 2 ? context.input(2) : null;
}

function totalOf(context: GradientContext): Tensor | null {
  return context.outputs > 3 ? context.output(3) : null;
}
