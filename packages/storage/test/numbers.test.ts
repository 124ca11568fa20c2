import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DTypeError,
  fromBfloat16,
  fromFloat16,
  int32FromInt64,
  int64FromInt32,
  roundHalfEven,
  toBfloat16,
  toFloat16,
} from '../src/index.ts';

const patterns = Array.from({ length: 65536 }, (_, pattern) => pattern);

/** binary16 and bfloat16 by their definition: sign, exponent, fraction. */
function valueOf(pattern: number, exponentBits: number, fractionBits: number): number {
  const sign = pattern >> 15 ? -1 : 1;
  const exponent = (pattern >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (pattern & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const formats = [
  { name: 'float16', exponentBits: 5, fractionBits: 10, to: toFloat16, from: fromFloat16 },
  { name: 'bfloat16', exponentBits: 8, fractionBits: 7, to: toBfloat16, from: fromBfloat16 },
] as const;

describe.each(formats)('$name', ({ exponentBits, fractionBits, to, from }) => {
  test('all 65536 patterns decode to their values', () => {
    const wrong = patterns.filter((p) => !Object.is(from(p), valueOf(p, exponentBits, fractionBits)));
    expect(wrong).toEqual([]);
  });

  test('all patterns that are numbers survive the way back', () => {
    const wrong = patterns.filter((p) => !Number.isNaN(from(p)) && to(from(p)) !== p);
    expect(wrong).toEqual([]);
    expect(Number.isNaN(from(to(Number.NaN)))).toBe(true);
  });

  test('half-way values go to the even neighbour, others to the nearer', () => {
    for (let p = 0; Number.isFinite(from(p + 1)); p++) {
      const [low, high] = [from(p), from(p + 1)];
      const middle = (low + high) / 2;
      expect(to(middle)).toBe(p % 2 === 0 ? p : p + 1);
      expect(to(middle - (high - low) / 8)).toBe(p);
      expect(to(-middle - (high - low) / 8)).toBe((p + 1) | 0x8000);
    }
  });

  test('rounding is monotonic', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(from(to(low))).toBeLessThanOrEqual(from(to(high)));
      }),
    );
  });
});

test('float16 overflows to infinity from 65520 on', () => {
  expect(fromFloat16(toFloat16(65519.99))).toBe(65504);
  expect(fromFloat16(toFloat16(65520))).toBe(Number.POSITIVE_INFINITY);
  expect(fromFloat16(toFloat16(-1e300))).toBe(Number.NEGATIVE_INFINITY);
});

test('float16 of a double is rounded once', () => {
  // Through float32 this would first become the tie 1 + 2^-11, and then 1.
  expect(fromFloat16(toFloat16(1 + 2 ** -11 + 2 ** -40))).toBe(1 + 2 ** -10);
});

test('roundHalfEven', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, -0, -2, 2, 3]);
});

describe('64-bit integers at the borders', () => {
  test('int32 values pass both ways', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (values) => {
        const narrow = Int32Array.from(values);
        expect(int32FromInt64(int64FromInt32(narrow))).toEqual(narrow);
      }),
    );
  });

  test('the extremes fit, one beyond is an error that names value and element', () => {
    expect(int32FromInt64(BigInt64Array.of(2n ** 31n - 1n, -(2n ** 31n)))).toEqual(
      Int32Array.of(2147483647, -2147483648),
    );
    expect(() => int32FromInt64(BigInt64Array.of(0n, 2n ** 31n))).toThrow(DTypeError);
    expect(() => int32FromInt64(BigInt64Array.of(0n, -(2n ** 31n) - 1n))).toThrow(/-2147483649 at element 1/);
    expect(() => int32FromInt64(BigUint64Array.of(2n ** 63n))).toThrow(DTypeError);
  });
});
