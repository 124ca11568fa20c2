import { expressions as e, input, type MapProgram, mapProgram } from '@gradus/backend';
import { type DType, isFloat } from '@gradus/storage';
import { mapMany } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';
import { clone } from './conversion.ts';
import { type Operand, type Pointwise, pointwise } from './pointwise/define.ts';
import { assertFloat } from './reduction-program.ts';

/**
 * To `decimals` digits after the point, ties to even; negative ones round to tens, hundreds ... Integers stay.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.round.html
 */
export function roundDecimals(x: Tensor, decimals: number): Tensor {
  if (!isFloat(x.dtype)) return clone(x);
  const scale = 10 ** Math.abs(decimals);
  return decimals < 0 ? roundMultiple(x, scale) : roundFraction(x, scale);
}

type Scaled = Pointwise<Tensor, [scale: Operand]>;

const roundFraction: Scaled = pointwise('round', (x, scale) => e.div(e.round(e.mul(x, scale)), scale));
const roundMultiple: Scaled = pointwise('round', (x, scale) => e.mul(e.round(e.div(x, scale)), scale));

/**
 * x = mantissa * 2^exponent with the mantissa's magnitude in [0.5, 1); the exponent is int32. What isn't finite, and 0,
 * have the exponent 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.frexp.html
 */
export function frexp(x: Tensor): { readonly mantissa: Tensor; readonly exponent: Tensor } {
  assertFloat('frexp', x.dtype);
  const [mantissa, exponent] = mapMany('frexp', frexpProgram(x.dtype), [x]) as [Tensor, Tensor];
  return { mantissa, exponent };
}

function frexpProgram(dtype: DType): MapProgram {
  const x = input(0, dtype);
  const size = e.abs(x);
  const usual = e.and(e.gt(size, 0), e.lt(size, Infinity));
  const guess = e.select(usual, e.floor(e.log2(size)), 0);
  // The logarithm may have been rounded over a power of 2. In two halves, as 2^-exponent alone may overflow.
  const half = e.floor(e.mul(guess, 0.5));
  const scaled = e.div(e.div(x, e.exp2(half)), e.exp2(e.sub(guess, half)));
  const high = e.ge(e.abs(scaled), 1);
  const low = e.lt(e.abs(scaled), 0.5);
  const mantissa = e.select(high, e.mul(scaled, 0.5), e.select(low, e.mul(scaled, 2), scaled));
  const exponent = e.select(high, e.add(guess, 1), e.select(low, e.sub(guess, 1), guess));
  return mapProgram([dtype], [], [e.select(usual, mantissa, x), e.cast(e.select(usual, exponent, 0), 'int32')]);
}
