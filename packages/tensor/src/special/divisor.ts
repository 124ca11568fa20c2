import { expressions as e, input, type MapProgram, mapProgram } from '@gradus/backend';
import { type DType, DTypeError, isFloat, itemSize, promoteTypes } from '@gradus/storage';
import { mapMany } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { abs, eq, mul, truncDivide, where } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/** Divisors and multiples of integers, element by element. */

/** The greatest common divisor, not negative; gcd(0, 0) = 0. */
export function gcd(a: Tensor, b: Tensor): Tensor {
  const dtype = promoteTypes(a.dtype, b.dtype);
  if (isFloat(dtype)) throw new DTypeError(`gcd: needs integers, got ${a.dtype} and ${b.dtype}`);
  return scope(() => {
    let pair = mapMany('gcd', startProgram(a.dtype, b.dtype, dtype), [a, b]);
    // Consecutive Fibonacci numbers, the worst case, need a step per 0.694 bits.
    const steps = Math.ceil((8 * itemSize(dtype)) / 0.694);
    for (let i = 0; i < steps; i++) pair = mapMany('gcd', stepProgram(dtype), pair);
    return abs(pair[0] as Tensor);
  });
}

/** The least common multiple, not negative; 0 where an operand is 0. */
export function lcm(a: Tensor, b: Tensor): Tensor {
  return scope(() => {
    const divisor = gcd(a, b);
    return where(eq(divisor, 0), 0, abs(mul(truncDivide(a, divisor), b)));
  });
}

function startProgram(a: DType, b: DType, to: DType): MapProgram {
  return mapProgram([a, b], [], [e.cast(input(0, a), to), e.cast(input(1, b), to)]);
}

/** Euclid's step: (a, b) becomes (b, a mod b), and stays once b is 0. */
function stepProgram(dtype: DType): MapProgram {
  const [a, b] = [input(0, dtype), input(1, dtype)];
  const done = e.eq(b, 0);
  return mapProgram([dtype, dtype], [], [e.select(done, a, b), e.select(done, b, e.fmod(a, b))]);
}
