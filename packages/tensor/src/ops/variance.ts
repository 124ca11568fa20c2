import { expressions as e, input, type ReduceProgram, reduceProgram, uniform } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './movement.ts';
import { mean } from './reduction.ts';
import { type AxesOptions, assertFloat, axesOf, countAlong, reduceOver } from './reduction-program.ts';

/**
 * Variance and standard deviation, in two passes: the mean, then the squared deviations from it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.var.html
 */

interface VarianceOptions extends AxesOptions {
  /** The divisor is the number of elements minus this. Default 1 (Bessel's correction). */
  readonly correction?: number;
  /** false is a correction of 0. */
  readonly unbiased?: boolean;
}

/** Called `var` by its users; a reserved word can't name a function. */
function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  return scope(() => spread('var', x, options)[0]);
}

export { variance as var };

/** The root of the variance; where that is 0 the gradient is 0. */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return scope(() => spread('std', x, options)[0]);
}

/** Variance and mean. */
export function varMean(x: Tensor, options: VarianceOptions = {}): readonly [variance: Tensor, mean: Tensor] {
  return scope(() => spread('var', x, options));
}

/** Standard deviation and mean. */
export function stdMean(x: Tensor, options: VarianceOptions = {}): readonly [std: Tensor, mean: Tensor] {
  return scope(() => spread('std', x, options));
}

function spread(name: 'var' | 'std', x: Tensor, options: VarianceOptions): readonly [Tensor, Tensor] {
  const dtype = assertFloat(name, x.dtype);
  const { correction = options.unbiased === false ? 0 : 1 } = options;
  const scale = 1 / Math.max(countAlong(x, axesOf(name, x, options.dim)) - correction, 0);
  const center = mean(x, { ...options, keepdim: true });
  const result = reduceOver(name, deviationProgram(name, dtype), [x, center], options, [scale]);
  return [result, reshape(center, result.shape)];
}

function deviationProgram(name: 'var' | 'std', dtype: DType): ReduceProgram {
  const deviation = e.sub(input(0, dtype), input(1, dtype));
  const scaled = e.mul(input(0, dtype), uniform(0, dtype));
  const root = e.select(e.eq(scaled, 0), 0, e.sqrt(scaled));
  return reduceProgram([dtype, dtype], [dtype], 'sum', e.mul(deviation, deviation), name === 'std' ? root : scaled);
}
