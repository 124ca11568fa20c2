import { type ScalarOpName, scalarOps } from '@gradus/backend';
import { describe, expect, test } from 'vitest';
import { wasm } from '../../src/index.ts';
import { computed, type Floats } from './computed.ts';

const words = new Int32Array(1);
const single = new Float32Array(words.buffer);

/** The distance from a float32 to its neighbour. */
function ulp32(value: number): number {
  single[0] = Math.abs(value);
  const [bits] = words as unknown as [number];
  words[0] = bits + 1;
  const next = single[0] as number;
  words[0] = bits;
  return next - (single[0] as number);
}

/** float32 numbers of every exponent and both signs, some per exponent. */
function everyExponent(perExponent: number): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(2 * 255 * perExponent);
  let state = 12345;
  for (let i = 0; i < bits.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const exponent = Math.floor(i / 2 / perExponent);
    bits[i] = ((i & 1) << 31) | (exponent << 23) | (state >>> 9);
  }
  return new Float32Array(bits.buffer);
}

/** The largest error in units in the last place, and where. Overflow counts as one unit beyond the largest number. */
function worstError(op: ScalarOpName, operands: readonly Floats[], results: Floats): { ulps: number; at: number[] } {
  let worst = { ulps: 0, at: [Number.NaN] };
  for (let i = 0; i < results.length; i++) {
    const at = operands.map((values) => values[i] as number);
    const [a, b] = at as [number, number];
    const exact = scalarOps[op].evaluate(a, b, 0);
    const result = results[i] as number;
    const rounded = Math.fround(exact);
    if (Object.is(result, rounded) || (Number.isNaN(result) && Number.isNaN(rounded))) continue;
    const limit = (value: number): number =>
      Math.abs(value) === Number.POSITIVE_INFINITY ? Math.sign(value) * 2 ** 128 : value;
    const ulps =
      Math.abs(limit(result) - (Math.abs(exact) > 2 ** 128 ? limit(rounded) : exact)) /
      ulp32(Math.min(Math.abs(exact), 3e38));
    if (!(ulps <= worst.ulps)) worst = { ulps, at };
  }
  return worst;
}

/** Bounds in units in the last place of float32. */
const bounds: Partial<Record<ScalarOpName, number>> = {
  exp: 2,
  exp2: 1,
  expm1: 1,
  log: 2,
  log2: 1,
  log10: 1,
  log1p: 1,
  tanh: 2,
  sigmoid: 2,
  erf: 2,
  sin: 1,
  cos: 1,
  sinh: 1,
  cosh: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  asinh: 1,
  acosh: 1,
  atanh: 1,
  erfc: 1,
};

const backends = { 'relaxed SIMD': wasm(), 'plain SIMD': wasm({ relaxedSimd: false }) };

describe.each(Object.entries(backends))('float32 functions with %s', (_, backend) => {
  const everywhere = everyExponent(400);
  // Where functions change most: a fine grid on both sides of 0.
  const middle = Float32Array.from({ length: 400_000 }, (_, i) => (i - 200_000) / 2000 + 1e-7 * i);

  test.each(Object.entries(bounds))('%s is off by at most %d units in the last place', (name, bound) => {
    const op = name as ScalarOpName;
    for (const values of [everywhere, middle]) {
      const { ulps, at } = worstError(op, [values], computed(backend, op, 'float32', [values]));
      expect(ulps, `${op}(${at})`).toBeLessThanOrEqual(bound);
    }
  });
});

describe.each(Object.entries(backends))('special values with %s', (_, backend) => {
  const specials = [0, -0, 1, -1, 0.5, -0.5, 3, -3, 2.5, 1e-45, -1e-45, 3.4e38, -3.4e38, Number.NaN];
  const values = [...specials, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  test.each(Object.keys(bounds))('%s of zeros, subnormal numbers, infinities and NaN', (name) => {
    const op = name as ScalarOpName;
    for (const operand of [Float32Array.from(values), Float64Array.from(values)]) {
      const dtype = operand instanceof Float32Array ? 'float32' : 'float64';
      const results = computed(backend, op, dtype, [operand]);
      operand.forEach((value, i) => {
        const expected = scalarOps[op].evaluate(value, 0, 0);
        const got = results[i] as number;
        const note = `${op}(${value}) in ${dtype}`;
        if (expected === 0 || !Number.isFinite(expected))
          expect(Object.is(got, expected), `${note} is ${got}`).toBe(true);
        else if (dtype === 'float32' && Math.abs(expected) > 3.5e38)
          expect(Math.abs(got), note).toBe(Number.POSITIVE_INFINITY);
        else expect(Math.abs(got - expected), note).toBeLessThanOrEqual(Math.abs(expected) * 1e-6 + 1e-45);
      });
    }
  });

  test.each(['pow', 'atan2', 'mod', 'fmod'] as const)('%s of all pairs of them', (op) => {
    const [left, right] = [values.flatMap((value) => values.map(() => value)), values.flatMap(() => values)];
    for (const Floats of [Float32Array, Float64Array]) {
      const dtype = Floats === Float32Array ? 'float32' : 'float64';
      const [a, b] = [Floats.from(left) as Floats, Floats.from(right) as Floats];
      const results = computed(backend, op, dtype, [a, b]);
      results.forEach((got, i) => {
        const exact = scalarOps[op].evaluate(a[i] as number, b[i] as number, 0);
        const expected = dtype === 'float32' ? Math.fround(exact) : exact;
        const isClose = Object.is(got, expected) || Math.abs(got - expected) <= Math.abs(expected) * 2 ** -23;
        expect(isClose, `${op}(${a[i]}, ${b[i]}) in ${dtype} is ${got}, expected ${expected}`).toBe(true);
      });
    }
  });

  test('pow is off by at most one unit in the last place', () => {
    const bases = everyExponent(50).map(Math.abs);
    const exponents = bases.map((_, i) => ((i * 37) % 161) / 40 - 2);
    const { ulps, at } = worstError('pow', [bases, exponents], computed(backend, 'pow', 'float32', [bases, exponents]));
    expect(ulps, `pow(${at})`).toBeLessThanOrEqual(1);
  });

  test('sin, cos and tan of arguments beyond a million are those of the JavaScript engine', () => {
    const large = Float32Array.of(1e7, -3e9, 1e20, 3e38);
    for (const op of ['sin', 'cos', 'tan'] as const) {
      expect([...computed(backend, op, 'float32', [large])]).toEqual([...large.map((x) => Math[op](x))]);
    }
  });
});

test.each(Object.entries(backends))('remainders are exact whatever the quotient, with %s', (_, backend) => {
  const a = everyExponent(40).filter(Number.isFinite);
  const b = a.map((_, i) => a[(i * 7919) % a.length] as number);
  for (const op of ['fmod', 'mod'] as const) {
    const results = computed(backend, op, 'float32', [a, b]);
    expect([...results]).toEqual([...a].map((x, i) => Math.fround(scalarOps[op].evaluate(x, b[i] as number, 0))));
  }
});
