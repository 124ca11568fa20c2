import { expressions as e, input, meanProgram, type ReduceProgram, reduceProgram, uniform } from '@gradus/backend';
import { type DType, type Shape, sizeOf } from '@gradus/storage';
import { casting } from '../casting.ts';
import { reduce, reducedShape } from '../launch/index.ts';
import { reshape } from '../ops/movement.ts';
import { type Operand, type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import type { Tensor } from '../tensor.ts';

/** The steps of a normalisation, as ops of their own. */

export interface Moments {
  /** null where nothing is to be subtracted; then the variance is the mean of the squares. */
  readonly mean: Tensor | null;
  readonly variance: Tensor;
}

/** Mean and (biased) variance over axes, kept with size 1; two passes, so that nothing cancels. */
export function moments(x: Tensor, axes: readonly number[], centred: boolean): Moments {
  if (casting !== null) [x] = casting.wide([x]) as [Tensor];
  const shape = reducedShape(x.shape, axes, true);
  const scale = [1 / countOver(x, axes)];
  const mean = centred ? reduce('mean', meanProgram(x.dtype), [x], axes, shape, scale) : null;
  const operands = mean === null ? [x] : [x, mean];
  return { mean, variance: reduce('var', varianceProgram(x.dtype, centred), operands, axes, shape, scale) };
}

function varianceProgram(dtype: DType, centred: boolean): ReduceProgram {
  const x = input(0, dtype);
  const deviation = centred ? e.sub(x, input(1, dtype)) : x;
  const finish = e.mul(input(0, dtype), uniform(0, dtype));
  return reduceProgram(centred ? [dtype, dtype] : [dtype], [dtype], 'sum', e.mul(deviation, deviation), finish);
}

/** (x - mean) / sqrt(variance + eps). */
export function standardize(x: Tensor, mean: Tensor | null, variance: Tensor, eps: number): Tensor {
  return mean === null ? divideByRoot(x, variance, eps) : centreAndDivide(x, mean, variance, eps);
}

const centreAndDivide: Pointwise<Tensor, [mean: Tensor, variance: Tensor, eps: number]> = pointwise(
  'standardize',
  (x, mean, variance, eps) => e.div(e.sub(x, mean), e.sqrt(e.add(variance, eps))),
);

/** x / sqrt(variance + eps). */
export const divideByRoot: Pointwise<Tensor, [variance: Tensor, eps: number]> = pointwise(
  'divideByRoot',
  (x, variance, eps) => e.div(x, e.sqrt(e.add(variance, eps))),
);

export interface Affine {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
}

/** x weight + bias, whose elements lie as `shape` says. */
export function affine(x: Tensor, shape: Shape, { weight = null, bias = null }: Affine): Tensor {
  if (weight === null && bias === null) return x;
  return scaleAndShift(x, weight === null ? 1 : reshape(weight, shape), bias === null ? 0 : reshape(bias, shape));
}

const scaleAndShift: Pointwise<Tensor, [weight: Operand, bias: Operand]> = pointwise('affine', (x, weight, bias) =>
  e.add(e.mul(x, weight), bias),
);

/** How many elements are normalised together. */
export function countOver(x: Tensor, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis] as number));
}
