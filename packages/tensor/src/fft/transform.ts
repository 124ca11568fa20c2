import { expressions as e, input, mapProgram } from '@gradus/backend';
import type { Shape } from '@gradus/storage';
import { fromValues } from '../creation.ts';
import { pad } from '../functional/padding.ts';
import { map } from '../launch/index.ts';
import { cat } from '../ops/joining.ts';
import { matmul } from '../ops/matmul.ts';
import { flip, narrow, permute, reshape, transpose } from '../ops/movement.ts';
import { div, neg } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { type Factors, factorsOf, planOf, type Stage } from './plan.ts';

/**
 * The discrete Fourier transform of the last axis, not scaled: x is [batch, parts, n], where `parts` is 2 (real and
 * imaginary) or, of a real signal, 1; the result is [batch, 2, n]. Mixed-radix Cooley-Tukey in Stockham's order, which is
 * a matrix product and a map per radix; for lengths with a large prime factor Bluestein's algorithm.
 *
 * @see https://en.wikipedia.org/wiki/Chirp_Z-transform#Bluestein's_algorithm
 */
export function transform(x: Tensor, inverse: boolean): Tensor {
  const n = x.shape[2] as number;
  const plan = planOf(n);
  if (plan !== null) return byStages(x, plan, inverse);
  const complex = x.shape[1] === 2 ? x : pad(x, [0, 0, 0, 1]);
  // With real and imaginary parts swapped before and after, it turns the other way round.
  return inverse ? flip(byConvolution(flip(complex, 1), n), 1) : byConvolution(complex, n);
}

/**
 * Every stage sums over one digit of the index, [batch, parts, radix, rest, done], and puts the digit of the frequency
 * that takes its place in front of those that are done: the last stage leaves them in order.
 */
function byStages(x: Tensor, stages: readonly Stage[], inverse: boolean): Tensor {
  const [batch, , n] = x.shape as [number, number, number];
  let [result, done] = [x, 1];
  for (const { radix, rest, matrix, twiddles } of stages) {
    const sums = applyMatrix(constantOf(x, matrix, [2 * radix, 2 * radix]), result, radix, inverse);
    if (twiddles === null) return reshape(sums, [batch, 2, n]);
    const digits = permute(reshape(sums, [batch, 2, radix, rest, done]), [0, 1, 3, 2, 4]);
    result = multiply(digits, ...tensorsOf(x, twiddles, [rest, radix, 1], inverse));
    done *= radix;
  }
  return result;
}

/** [batch, parts, ...] to [batch, 2 radix, others]. */
function applyMatrix(matrix: Tensor, x: Tensor, radix: number, inverse: boolean): Tensor {
  const [batch, parts] = x.shape as [number, number];
  const rows = parts * radix;
  const others = x.size / Math.max(batch * rows, 1);
  const used = narrow(inverse ? transpose(matrix, 0, 1) : matrix, 1, 0, rows);
  // Single columns are rows of one larger product.
  if (others === 1) return matmul(reshape(x, [batch, rows]), transpose(used, 0, 1));
  return matmul(used, reshape(x, [batch, rows, others]));
}

/** Bluestein's: jk = (j^2 + k^2 - (k - j)^2) / 2 makes a convolution of the transform, and of that a longer, smooth one. */
function byConvolution(x: Tensor, n: number): Tensor {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const chirp = factorsOf(n, (k) => (k * k) % (2 * n), 2 * n);
  const factors = tensorsOf(x, chirp, [n], false);
  const spectrum = transform(constantOf(x, conjugateAround(chirp, length), [1, 2, length]), false);
  const [real, imaginary] = [narrow(spectrum, 1, 0, 1), narrow(spectrum, 1, 1, 1)];
  const signal = transform(pad(multiply(x, ...factors), [0, length - n]), false);
  const product = multiply(signal, real, cat([neg(imaginary), imaginary], { dim: 1 }));
  const convolved = div(narrow(transform(product, true), 2, 0, n), length);
  return multiply(convolved, ...factors);
}

/** [2, length]: the conjugate chirp from -n + 1 to n - 1, what is before 0 at the end. */
function conjugateAround({ real, imaginary }: Factors, length: number): Float64Array {
  const n = real.length;
  const values = new Float64Array(2 * length);
  for (let k = 0; k < n; k++) {
    const mirrored = (length - k) % length;
    values[k] = values[mirrored] = real[k] as number;
    values[length + k] = values[length + mirrored] = imaginary[k] as number;
  }
  return values;
}

/** Complex numbers times factors: the parts of x are axis 1, imaginary factors are negated for the real results. */
function multiply(x: Tensor, real: Tensor, imaginary: Tensor): Tensor {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => input(i, x.dtype)) as [Operand, Operand, Operand, Operand];
  const program = mapProgram(new Array(4).fill(x.dtype), [], [e.add(e.mul(a, c), e.mul(b, d))]);
  return map('fft', program, [x, flip(x, 1), real, imaginary]);
}

type Operand = ReturnType<typeof input>;

/** Factors, or their conjugates, as tensors of x's kind. */
function tensorsOf(x: Tensor, { real, imaginary }: Factors, shape: Shape, conjugate: boolean): [Tensor, Tensor] {
  const signed = constantOf(x, imaginary, [2, ...shape]);
  return [constantOf(x, real, shape), conjugate ? flip(signed, 0) : signed];
}

function constantOf({ dtype, backend }: Tensor, values: Float64Array, shape: Shape): Tensor {
  return fromValues(values, shape, { dtype, backend });
}
