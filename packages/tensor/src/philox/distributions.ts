import {
  constant,
  coordinate,
  type Expression,
  expressions as e,
  type MapProgram,
  mapProgram,
  uniform,
} from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { philox, type Words } from './words.ts';

/** What makes four numbers of four random words; they are computed in `compute` and stored as `dtype`. */
export type Distribution = (words: Words, dtype: DType, compute: DType, parameter: Expression) => Words;

/** As many bits of a word as the dtype's significand holds, from the top: every step is exact. */
function fraction(word: Expression, dtype: DType, compute: DType): Expression {
  const bits = significandBits[dtype] ?? 24;
  return e.mul(e.cast(bits < 32 ? e.shr(word, 32 - bits) : word, compute), 2 ** -bits);
}

const significandBits: Readonly<Partial<Record<DType, number>>> = { float16: 11, bfloat16: 8, float64: 32 };

/** From [0, 1). */
export const uniforms: Distribution = (words, dtype, compute) =>
  mapWords(words, (word) => fraction(word, dtype, compute));

/** Of mean 0 and variance 1, in pairs. (Box & Muller 1958.) */
export const normals: Distribution = ([a, b, c, d], _, compute) => [
  ...normalPair(a, b, compute),
  ...normalPair(c, d, compute),
];

function normalPair(first: Expression, second: Expression, compute: DType): readonly [Expression, Expression] {
  const radius = e.sqrt(e.mul(e.log(e.sub(1, fraction(first, compute, compute))), -2));
  const angle = e.mul(fraction(second, compute, compute), 2 * Math.PI);
  return [e.mul(radius, e.cos(angle)), e.mul(radius, e.sin(angle))];
}

/** 1 where a uniform number lies below the parameter, else 0. */
export const trials: Distribution = (words, _, compute, parameter) =>
  mapWords(words, (word) => e.cast(e.lt(fraction(word, compute, compute), parameter), compute));

function mapWords([a, b, c, d]: Words, value: (word: Expression) => Expression): Words {
  return [value(a), value(b), value(c), value(d)];
}

const programs = new Map<Distribution, Map<DType, MapProgram>>();

/** Block by block of the counter: its uniforms are the counter's and the key's words, lower ones first, and the parameter. */
export function drawProgram(distribution: Distribution, dtype: DType): MapProgram {
  const known = programs.get(distribution) ?? new Map<DType, MapProgram>();
  programs.set(distribution, known);
  let program = known.get(dtype);
  if (program === undefined) {
    program = writeProgram(distribution, dtype);
    known.set(dtype, program);
  }
  return program;
}

function writeProgram(distribution: Distribution, dtype: DType): MapProgram {
  const word = (at: number): Expression => uniform(at, 'uint32');
  const [low, high, key] = [word(0), word(1), [word(2), word(3)] as const];
  const counter = e.add(low, e.cast(coordinate(0), 'uint32'));
  const carry = e.cast(e.lt(counter, low), 'uint32');
  const zero = constant(0, 'uint32');
  const compute = dtype === 'float64' ? 'float64' : 'float32';
  const words = philox([counter, e.add(high, carry), zero, zero], key);
  const results = distribution(words, dtype, compute, uniform(4, compute)).map((value) => e.cast(value, dtype));
  return mapProgram([], ['uint32', 'uint32', 'uint32', 'uint32', compute], results);
}
