import { ArgumentError, type DType, DTypeError, isFloat, limitsOf } from '@gradus/storage';
import { defaultGenerator, type Generator } from './generator.ts';

/** Options of every function that draws random numbers. */
export interface GeneratorOptions {
  /** Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

export function generatorOf(options: GeneratorOptions): Generator {
  return options.generator ?? defaultGenerator;
}

/** Throws an ArgumentError unless the parameter is as said. NaN never is. */
export function assertParameter(op: string, valid: boolean, rule: string, ...got: readonly number[]): void {
  if (!valid) throw new ArgumentError(`${op}: ${rule}, got ${got.join(' and ')}`);
}

/** The integers of [from, to) must exist and fit into the dtype. */
export function assertIntegers(op: string, dtype: DType, from: number, to: number): void {
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
  assertParameter(op, whole && from < to, 'from and to must be integers, from the smaller one', from, to);
  const { min, max } = limitsOf(dtype);
  if (!isFloat(dtype) && (from < min || to - 1 > max)) {
    throw new DTypeError(
      `${op}: ${dtype} can't hold all integers from ${from} to ${to - 1}; draw with dtype 'float64'`,
    );
  }
}
