import {
  applyOp,
  convert,
  type Environment,
  type Expression,
  operandsOf,
  type ScalarOpName,
  topologicalOrder,
} from '@gradus/backend';
import { type DType, isFloat, isIntegral, limitsOf } from '@gradus/storage';
import type { Random } from '../random.ts';

// What rounding may do to an expression, by Monte Carlo arithmetic: it is evaluated many times, each time with other small
// errors in its operations. (D. S. Parker, "Monte Carlo arithmetic: exploiting randomness in floating-point arithmetic", 1997.)
// Cancellation, overflow and comparisons of nearly equal numbers then show in how the answers differ.

/** The relative error that is tried for the operations that round once, and for functions. */
export interface Errors {
  readonly arithmetic: number;
  readonly functions: number;
}

/** Some units in the last place, more than a backend may be off. */
const errors: Readonly<Partial<Record<DType, Errors>>> = {
  float64: { arithmetic: 2 ** -51, functions: 2 ** -48 },
  float32: { arithmetic: 2 ** -22, functions: 2 ** -19 },
  float16: { arithmetic: 2 ** -9, functions: 2 ** -8 },
  bfloat16: { arithmetic: 2 ** -6, functions: 2 ** -5 },
};

const exactOps: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>([
  'neg',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'trunc',
  'max',
  'min',
  'copysign',
  'select',
]);
const roundedOps: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>(['add', 'sub', 'mul']);

/** Of float32, which those who flush compute all floats in. */
const SMALLEST_NORMAL = 2 ** -126;

/** Evaluates expressions with random errors. */
export class Sampler {
  readonly #random: Random;
  /** How often intermediate values are rounded to their dtype, from never to always: backends may carry more precision. */
  readonly #rounding: number;
  /** How large errors are, from 2^-16 of the largest to that itself: a pole is hit by small ones only. */
  readonly #scale: number;
  readonly #flushes: boolean;
  /** Whether a float was cast to an integer type that can't hold it: that has no meaning. */
  isUndefined = false;

  /** `flushes`: whether subnormal numbers may be taken for 0. */
  constructor(random: Random, rounding: number, flushes: boolean) {
    this.#random = random;
    this.#rounding = rounding;
    this.#flushes = flushes;
    this.#scale = 2 ** -random.integer(0, 16);
  }

  /** One answer per root. */
  evaluate(roots: readonly Expression[], environment: Environment): readonly number[] {
    const values = new Map<Expression, number>();
    for (const node of topologicalOrder(roots)) {
      const operands = operandsOf(node).map((operand) => values.get(operand) as number);
      values.set(node, this.#flushed(node.dtype, this.#erring(node, this.#valueOf(node, operands, environment))));
    }
    return roots.map((root) => values.get(root) as number);
  }

  #valueOf(node: Expression, [a, b, c]: readonly number[], environment: Environment): number {
    switch (node.kind) {
      case 'input':
        return environment.input(node.index);
      case 'uniform':
        return convert(environment.uniform(node.index), node.dtype);
      case 'coordinate':
        return environment.coordinate(node.axis);
      case 'constant':
        return node.value;
      case 'cast':
        this.#noteCast(node.operand.dtype, node.dtype, a as number);
        return convert(a as number, node.dtype);
      case 'op':
        return applyOp(node, a as number, b as number, c as number);
    }
  }

  #noteCast(from: DType, to: DType, value: number): void {
    if (!isFloat(from) || !isIntegral(to)) return;
    const { min, max } = limitsOf(to);
    if (!(Math.trunc(value) >= min && Math.trunc(value) <= max)) this.isUndefined = true;
  }

  #erring(node: Expression, value: number): number {
    const error = errors[node.dtype];
    if (error === undefined || node.kind === 'input' || node.kind === 'coordinate') return value;
    return this.rounded(value, node.dtype, node.kind === 'op' ? errorOf(node.op, value, node.dtype, error) : 0);
  }

  /** With a relative error of at most `size`, rounded to the dtype or not. */
  rounded(value: number, dtype: DType, size: number): number {
    const off = size === 0 ? value : value * (1 + size * this.#scale * (2 * this.#random.next() - 1));
    return this.#random.next() < this.#rounding ? convert(off, dtype) : off;
  }

  #flushed(dtype: DType, value: number): number {
    if (!this.#flushes || !isFloat(dtype) || Math.abs(value) >= SMALLEST_NORMAL) return value;
    return this.#random.next() < 0.5 ? value : value * 0;
  }

  /** 0 or -0 where a float is either: the extreme of both may be. */
  eitherZero(value: number, dtype: DType): number {
    return value === 0 && isFloat(dtype) && this.#random.next() < 0.5 ? -value : value;
  }

  /** The same numbers in another order: floats may be added up in any. */
  reordered(values: readonly number[]): readonly number[] {
    return this.#random.permutation(values.length).map((i) => values[i] as number);
  }
}

function errorOf(op: ScalarOpName, value: number, dtype: DType, { arithmetic, functions }: Errors): number {
  if (exactOps.has(op)) return 0;
  if (!roundedOps.has(op)) return functions;
  return convert(value, dtype) === value ? 0 : arithmetic;
}

/** The error of one step of a sum or product. */
export function stepError(dtype: DType): number {
  return errors[dtype]?.arithmetic ?? 0;
}
