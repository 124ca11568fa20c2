import { dispatch, type View } from '@gradus/backend';
import { normalizationBackward } from '@gradus/backend/nn';
import type { Shape } from '@gradus/storage';
import { allocate, laidOut, sumTo, transform } from '../launch/index.ts';
import type { GradientContext, GradientRule } from '../operation.ts';
import { reshape } from '../ops/movement.ts';
import { mul, sub } from '../ops/pointwise/index.ts';
import { mean } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { divideByRoot, moments, standardize } from './standardize.ts';

interface Normalization {
  readonly axes: readonly number[];
  readonly eps: number;
  readonly centred: boolean;
  readonly affineShape: Shape;
}

type Thunks = ReturnType<GradientRule['backward']>;

/** Inputs are x, weight and bias, as far as there are; outputs the result, its variance and mean. */
export function normalizationRule(operation: Normalization): GradientRule {
  return {
    saves: { inputs: [0, 1], outputs: operation.centred ? [1, 2] : [1] },
    backward(context, [g]) {
      if (!g) return [];
      return context.createGraph || transform?.takes([g])
        ? composedGradients(operation, context, g)
        : fusedGradients(operation, context, g);
    },
  };
}

/** One launch for all that are wanted. */
function fusedGradients(
  { axes, eps, centred, affineShape }: Normalization,
  context: GradientContext,
  g: Tensor,
): Thunks {
  const launch = (): readonly Tensor[] => {
    const x = context.input(0);
    const weight = context.needs.length > 1 ? context.input(1) : null;
    const wanted = [x, weight, weight].slice(0, context.needs.lastIndexOf(true) + 1) as Tensor[];
    const gradients = wanted.map(({ shape }) => allocate(x.backend, shape, x.dtype));
    const [ofInput, ...ofParameters] = gradients;
    const kernel = normalizationBackward({
      gradient: g,
      input: x,
      weight: weight && laidOut(weight, affineShape),
      variance: context.output(1),
      mean: centred ? context.output(2) : null,
      axes,
      eps,
      outputs: [
        ofInput as Tensor,
        ...(ofParameters.map((gradient) => laidOut(gradient, affineShape)) as [View?, View?]),
      ],
    });
    dispatch(x.backend, kernel);
    return gradients;
  };
  let gradients: readonly Tensor[] | null = null;
  return context.needs.map((_, i) => () => {
    gradients ??= launch();
    return gradients[i] as Tensor;
  });
}

/** Of ops, which can be differentiated again: everything is a function of the inputs. */
function composedGradients(
  { axes, eps, centred, affineShape }: Normalization,
  context: GradientContext,
  g: Tensor,
): Thunks {
  const x = context.input(0);
  const weight = context.needs.length > 1 ? reshape(context.input(1), affineShape) : null;
  const statistics = moments(x, axes, centred);
  const standard = standardize(x, statistics.mean, statistics.variance, eps);
  const average = (of: Tensor): Tensor => mean(of, { dim: axes, keepdim: true });
  const likeWeight = (of: Tensor): Tensor => reshape(sumTo(of, affineShape), context.input(1).shape);
  const ofInput = (): Tensor => {
    const h = weight === null ? g : mul(g, weight);
    const away = centred ? sub(h, average(h)) : h;
    return divideByRoot(sub(away, mul(standard, average(mul(h, standard)))), statistics.variance, eps);
  };
  return [ofInput, () => likeWeight(mul(g, standard)), () => likeWeight(g)];
}
