import { type DType, isFloat, limitsOf } from '@gradus/storage';
import type { Generator } from './generator.ts';

/**
 * Numbers on the host, from the generator's bits by the algorithms of PyTorch's CPU kernels: a seed gives PyTorch's
 * numbers, whatever backend they go to.
 */

/** Draws one number after another. */
export type Draw = () => number;

export function drawMany(count: number, draw: Draw): Float64Array {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = draw();
  return numbers;
}

/** From [from, to), with as many random bits as the dtype's significand holds. */
export function uniform(generator: Generator, dtype: DType, from = 0, to = 1): Draw {
  const bits = significandBits(dtype);
  const round = rounding(dtype);
  const [start, span] = [round(from), round(round(to) - round(from))];
  if (start === 0 && span === 1) return () => generator.fraction(bits);
  if (bits < 53) return () => round(generator.fraction(bits) * span + start);
  return () => multiplyAdd(generator.fraction(bits), span, start);
}

/** Integers from [from, from + range); 64 bits are drawn where 32 can't give them all. */
export function integers(generator: Generator, from: number, range: number): Draw {
  if (range < 2 ** 32) return () => (generator.random32() % range) + from;
  const wide = BigInt(range);
  return () => Number(generator.random64() % wide) + from;
}

/**
 * Integers from 0 to the largest up to which the dtype holds all of them. int32 stands for PyTorch's int64 and has the
 * low 31 bits of what that draws.
 */
export function anyInteger(generator: Generator, dtype: DType): Draw {
  if (dtype === 'float64') return () => Number(generator.random64() % (2n ** 53n + 1n));
  if (isFloat(dtype)) return integers(generator, 0, 2 ** significandBits(dtype) + 1);
  if (dtype === 'int32') return () => Number(generator.random64() & 0x7fffffffn);
  if (dtype === 'uint32') return () => generator.random32();
  return integers(generator, 0, dtype === 'bool' ? 2 : limitsOf(dtype).max + 1);
}

/** 1 with probability p, else 0. */
export function bernoulli(generator: Generator, p: number): Draw {
  return () => (generator.fraction(53) < p ? 1 : 0);
}

/** Density rate exp(-rate x). */
export function exponential(generator: Generator, rate: number): Draw {
  return () => (-1 / rate) * Math.log(1 - generator.fraction(53));
}

/** Density 1 / (pi sigma (1 + ((x - median) / sigma)^2)). */
export function cauchy(generator: Generator, median: number, sigma: number): Draw {
  return () => median + sigma * Math.tan(Math.PI * (generator.fraction(53) - 0.5));
}

/** exp of a normal number. */
export function logNormal(generator: Generator, mean: number, std: number): Draw {
  return () => Math.exp(generator.normal() * std + mean);
}

/** How many trials of success probability p it takes until the first success: from 1. */
export function geometric(generator: Generator, p: number): Draw {
  return () => Math.ceil(Math.log(generator.fraction(53)) / Math.log(1 - p));
}

/** Normal numbers one by one, all computed in double precision. */
export function normal(generator: Generator, mean: number, std: number): Draw {
  return () => generator.normal() * std + mean;
}

/** Normal numbers as PyTorch fills contiguous memory: in blocks from 16 elements on, one by one below. */
export function normals(generator: Generator, dtype: DType, count: number, mean = 0, std = 1): Float64Array {
  if (count < BLOCK) return drawMany(count, normal(generator, mean, std));
  const fraction = uniform(generator, dtype === 'float64' ? 'float64' : 'float32');
  const numbers = drawMany(count, fraction);
  const toNormal = blockToNormal(rounding(dtype), mean, std);
  for (let at = 0; at + BLOCK <= count; at += BLOCK) toNormal(numbers.subarray(at, at + BLOCK));
  if (count % BLOCK !== 0) {
    // The last block overlaps the one before and is drawn anew.
    const last = numbers.subarray(count - BLOCK);
    for (let i = 0; i < BLOCK; i++) last[i] = fraction();
    toNormal(last);
  }
  return numbers;
}

const BLOCK = 16;

/** Uniform numbers to normal ones, in pairs half a block apart. (Box & Muller 1958.) */
function blockToNormal(round: (x: number) => number, mean: number, std: number): (block: Float64Array) => void {
  const half = BLOCK / 2;
  const [center, scale, fullTurn] = [round(mean), round(std), round(2 * Math.PI)];
  return (block) => {
    for (let i = 0; i < half; i++) {
      const radius = round(Math.sqrt(round(-2 * round(Math.log(1 - (block[i] as number))))));
      const angle = round(fullTurn * (block[i + half] as number));
      block[i] = round(round(radius * round(Math.cos(angle))) * scale + center);
      block[i + half] = round(round(radius * round(Math.sin(angle))) * scale + center);
    }
  };
}

/** The integers below n in random order. (Fisher & Yates; Durstenfeld 1964.) */
export function permutation(generator: Generator, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (generator.random32() % (n - i));
    const moved = order[i] as number;
    order[i] = order[j] as number;
    order[j] = moved;
  }
  return order;
}

/** Rounds as arithmetic in the dtype does; halves are computed in float32 and rounded when they are stored. */
export function rounding(dtype: DType): (x: number) => number {
  return dtype === 'float64' ? (x) => x : Math.fround;
}

function significandBits(dtype: DType): number {
  if (dtype === 'float64') return 53;
  return dtype === 'float16' ? 11 : dtype === 'bfloat16' ? 8 : 24;
}

/** a * b + c rounded once, as processors fuse it in PyTorch's kernels: the errors of product and sum are added back. */
function multiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const [aHigh, bHigh] = [highHalf(a), highHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const sum = product + c;
  const shifted = sum - product;
  const sumError = product - (sum - shifted) + (c - shifted);
  const exact = sum + (productError + sumError);
  return Number.isFinite(exact) ? exact : sum;
}

/** The upper 26 bits of a double, so that products of halves are exact. (Dekker 1971.) */
function highHalf(x: number): number {
  const scaled = x * (2 ** 27 + 1);
  return scaled - (scaled - x);
}
