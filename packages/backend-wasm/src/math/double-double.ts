import { type Code, type FunctionBuilder, f64x2 } from '../assembler/index.ts';

// Numbers of twice the precision: sums of two f64x2, the second at most half a unit in the last place of the first. Fused
// multiply-adds have no part in it: relaxed ones may round twice. All operands are locals, and so are the answers.

/** high + low, where low is what rounding took from high. */
export interface DoubleDouble {
  readonly high: Code;
  readonly low: Code;
}

/** a + b. (D. E. Knuth, "The Art of Computer Programming", volume 2, theorem B of section 4.2.2.) */
export function twoSum(fn: FunctionBuilder, a: Code, b: Code): DoubleDouble {
  const high = fn.let(f64x2.add(a, b));
  const second = fn.let(f64x2.sub(high, a));
  const first = f64x2.sub(high, second);
  return { high, low: fn.let(f64x2.add(f64x2.sub(a, first), f64x2.sub(b, second))) };
}

/** a + b where |a| >= |b|, or a is 0. */
export function quickTwoSum(fn: FunctionBuilder, a: Code, b: Code): DoubleDouble {
  const high = fn.let(f64x2.add(a, b));
  return { high, low: fn.let(f64x2.sub(b, f64x2.sub(high, a))) };
}

/** Where splitting a number would overflow. */
export const SPLIT_LIMIT: number = 2 ** 995;

/** A number in two halves of at most 26 bits each; it is below SPLIT_LIMIT. */
function split(fn: FunctionBuilder, a: Code): DoubleDouble {
  const scaled = fn.let(f64x2.mul(a, fn.f64(2 ** 27 + 1)));
  const high = fn.let(f64x2.sub(scaled, f64x2.sub(scaled, a)));
  return { high, low: fn.let(f64x2.sub(a, high)) };
}

/** a * b. (T. J. Dekker, "A floating-point technique for extending the available precision", 1971.) */
export function twoProduct(fn: FunctionBuilder, a: Code, b: Code): DoubleDouble {
  const [x, y] = [split(fn, a), split(fn, b)];
  const high = fn.let(f64x2.mul(a, b));
  const outer = f64x2.sub(f64x2.mul(x.high, y.high), high);
  const crossed = f64x2.add(f64x2.add(outer, f64x2.mul(x.high, y.low)), f64x2.mul(x.low, y.high));
  return { high, low: fn.let(f64x2.add(crossed, f64x2.mul(x.low, y.low))) };
}

/** a * b, the product of the low parts left out. */
export function product(fn: FunctionBuilder, a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const { high, low } = twoProduct(fn, a.high, b.high);
  const crossed = f64x2.add(f64x2.mul(a.high, b.low), f64x2.mul(a.low, b.high));
  return quickTwoSum(fn, high, fn.let(f64x2.add(low, crossed)));
}
