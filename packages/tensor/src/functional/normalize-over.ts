import { normalization } from '@gradus/backend/nn';
import { formatShape, isFloat, type Shape, ShapeError, sizeOf } from '@gradus/storage';
import { casting } from '../casting.ts';
import { laidOut, launchFused, reducedShape, transform } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';
import { normalizationRule } from './normalization-gradient.ts';
import { type Affine, affine, moments, standardize } from './standardize.ts';

interface Options extends Affine {
  /** The shape of weight and bias as they broadcast to x, of x's rank; a tensor has any shape of as many elements. */
  readonly affineShape: Shape;
  /** 1e-5 if left out. */
  readonly eps?: number;
  /** false for RMS norm, which subtracts no mean. */
  readonly centred?: boolean;
}

interface Normalized {
  readonly output: Tensor;
  /** Outside of the graph, or of no use to anyone: for running statistics. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** (x - mean) / sqrt(variance + eps) * weight + bias, mean and variance over axes. */
export function normalizeOver(op: string, x: Tensor, axes: readonly number[], options: Options): Normalized {
  const { weight = null, bias = null, affineShape, eps = 1e-5, centred = true } = options;
  for (const values of [weight, bias]) assertSize(op, values, affineShape);
  const parameters = [weight, bias].filter((values) => values !== null);
  const inputs = [x, ...parameters];
  if (x.size === 0 || !isFusible(inputs) || (weight === null && bias !== null)) {
    const { mean, variance } = moments(x, axes, centred);
    const output = affine(standardize(x, mean, variance, eps), affineShape, options);
    return { output, mean: mean as Tensor, variance };
  }
  const statistic = [reducedShape(x.shape, axes, true), x.dtype] as const;
  const results = [[x.shape, x.dtype] as const, statistic, ...(centred ? [statistic] : [])];
  const rule = normalizationRule({ axes, eps, centred, affineShape });
  const [output, variance, mean] = launchFused(op, inputs, results, rule, (outputs) =>
    normalization({
      input: x,
      weight: weight && laidOut(weight, affineShape),
      bias: bias && laidOut(bias, affineShape),
      axes,
      eps,
      outputs: outputs as [Tensor, Tensor],
    }),
  );
  return { output, variance, mean } as Normalized;
}

/** Whether one kernel can take the tensors, as they are. */
function isFusible(tensors: readonly Tensor[]): boolean {
  const { dtype } = tensors[0] as Tensor;
  if (casting !== null || transform?.takes(tensors) || !isFloat(dtype)) return false;
  return tensors.every((x) => x.dtype === dtype && (x === tensors[0] || x.layout.isContiguous));
}

function assertSize(op: string, values: Tensor | null, shape: Shape): void {
  if (values === null || values.size === sizeOf(shape)) return;
  throw new ShapeError(
    `${op}: weight and bias must have ${sizeOf(shape)} elements here, got shape ${formatShape(values.shape)}`,
  );
}
