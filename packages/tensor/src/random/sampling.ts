import { expressions as e, input, plainReduceProgram, type ReduceProgram, reduceProgram } from '@gradus/backend';
import { ArgumentError, type DType, formatShape, ShapeError } from '@gradus/storage';
import { alias, reduce, scan, sort } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { contiguous } from '../ops/conversion.ts';
import { narrow, unsqueeze } from '../ops/movement.ts';
import { div } from '../ops/pointwise/index.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import type { Tensor } from '../tensor.ts';
import { bernoulli as bernoulliDraw, drawMany, exponential, uniform } from './distributions.ts';
import type { Generator } from './generator.ts';
import { assertParameter, type GeneratorOptions, generatorOf } from './options.ts';
import { trials } from './trials.ts';
import { drawn, drawnLike } from './upload.ts';

/** Draws whose probabilities are a tensor. The numbers come from the host, the choice is made on the device. */

/**
 * Like x: 1 with the probability that x holds there, else 0. With `p` that is the probability of all, whatever x holds.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.bernoulli.html
 */
export function bernoulli(x: Tensor, options: GeneratorOptions & { readonly p?: number } = {}): Tensor {
  const { p } = options;
  const generator = generatorOf(options);
  if (p === undefined) {
    assertFloat('bernoulli', x.dtype);
    return trials(x, x, generator, 'row-major');
  }
  assertParameter('bernoulli', p >= 0 && p <= 1, 'p must lie in [0, 1]', p);
  return drawn(x.shape, x, x.dtype, (count) => drawMany(count, bernoulliDraw(generator, p)));
}

/**
 * Indices (int32) of categories, `count` per row of x [categories] or [rows, categories], whose values are weights: not
 * negative, of a positive sum. Without replacement no row has an index twice, and weights of 0 come last.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.multinomial.html
 */
export function multinomial(
  x: Tensor,
  count: number,
  options: GeneratorOptions & { readonly replacement?: boolean } = {},
): Tensor {
  const { replacement = false } = options;
  assertFloat('multinomial', x.dtype);
  if (x.ndim < 1 || x.ndim > 2)
    throw new ShapeError(`multinomial: weights need 1 or 2 axes, got ${formatShape(x.shape)}`);
  const categories = x.shape[x.ndim - 1] as number;
  if (!Number.isInteger(count) || count < 1 || categories === 0 || (!replacement && count > categories)) {
    throw new ArgumentError(
      `multinomial: can't draw ${count} of ${categories} categories${replacement ? '' : ' without replacement'}`,
    );
  }
  const generator = generatorOf(options);
  const draw = replacement ? drawFromAll : drawDifferent;
  return scope(() => draw(alias(x), count, generator));
}

/** The largest of weight / exponential numbers: as if drawn one by one. (Efraimidis & Spirakis 2006.) */
function drawDifferent(x: Tensor, count: number, generator: Generator): Tensor {
  const races = div(
    x,
    drawnLike(x, x.dtype, (n) => drawMany(n, exponential(generator, 1))),
  );
  const last = x.ndim - 1;
  if (count > 1) return contiguous(narrow(sort(races, last, true, false).indices, last, 0, count));
  return reduce('multinomial', plainReduceProgram('argmax', x.dtype), [races], [last], [...x.shape.slice(0, last), 1]);
}

/** The slots of the cumulative distribution that uniform numbers fall into. */
function drawFromAll(x: Tensor, count: number, generator: Generator): Tensor {
  const last = x.ndim - 1;
  const categories = x.shape[last] as number;
  const sums = scan('sum', x, last)[0] as Tensor;
  const distribution = div(sums, narrow(sums, last, categories - 1, 1));
  const compute = x.dtype === 'float64' ? 'float64' : 'float32';
  const draw = uniform(generator, 'float64');
  const shape = [...x.shape.slice(0, last), count];
  const chances = drawn(shape, x, compute, (n) => drawMany(n, compute === 'float64' ? draw : () => roundUp(draw())));
  const ends = unsqueeze(narrow(distribution, last, 0, categories - 1), last);
  return reduce('multinomial', slotProgram(x.dtype, compute), [ends, unsqueeze(chances, last + 1)], [last + 1], shape);
}

/** How many slots end below a number. */
function slotProgram(from: DType, compute: DType): ReduceProgram {
  const below = e.lt(e.cast(input(0, from), compute), input(1, compute));
  return reduceProgram([from, compute], [], 'sum', e.cast(below, 'int32'));
}

/** The next float32 that is not smaller: a float32 is below it exactly where it is below x, which is positive. */
function roundUp(x: number): number {
  const nearest = Math.fround(x);
  if (nearest >= x) return nearest;
  const value = new Float32Array([nearest]);
  const bits = new Uint32Array(value.buffer);
  bits[0] = (bits[0] as number) + 1;
  return value[0] as number;
}
