import { expressions as build, constant, type Expression, input, type ScanOp } from '@gradus/backend';
import { type DType, isFloat } from '@gradus/storage';

/** Inputs of a step's expressions; what is carried from element to element follows. */
export const ScanInput = { element: 0, place: 1, carried: 2 } as const;

/** One step of a scan, as expressions. */
export interface ScanProgram {
  readonly carried: readonly CarriedValue[];
  /** What is stored per element, of what is carried then: the fold and, if asked for, the place of the extreme. */
  readonly results: readonly Expression[];
}

export interface CarriedValue {
  readonly dtype: DType;
  /** Its value at the first element. */
  readonly first: Expression;
  readonly next: Expression;
}

/** The steps of a scan. Floats are summed and multiplied in float64. */
export function scanProgram(op: ScanOp, dtype: DType, withIndices: boolean): ScanProgram {
  if (op === 'max' || op === 'min') return extreme(op, dtype, withIndices);
  const type = isFloat(dtype) ? 'float64' : dtype;
  const value = build.cast(input(ScanInput.element, dtype), type);
  if (op === 'logsumexp') return logSumExp(value, dtype);
  const folded = input(ScanInput.carried, type);
  const next = build[op === 'sum' ? 'add' : 'mul'](folded, value);
  return { carried: [{ dtype: type, first: value, next }], results: [build.cast(folded, dtype)] };
}

function extreme(op: 'max' | 'min', dtype: DType, withIndices: boolean): ScanProgram {
  const element = input(ScanInput.element, dtype);
  const [best, at] = [input(ScanInput.carried, dtype), input(ScanInput.carried + 1, 'int32')];
  // The last of equals, and NaN, which nothing but another NaN replaces.
  const wins = build.or(build.isNaN(element), build[op === 'max' ? 'ge' : 'le'](element, best));
  const place = input(ScanInput.place, 'int32');
  const value: CarriedValue = { dtype, first: element, next: build.select(wins, element, best) };
  if (!withIndices) return { carried: [value], results: [best] };
  const index: CarriedValue = { dtype: 'int32', first: place, next: build.select(wins, place, at) };
  return { carried: [value, index], results: [best, at] };
}

/**
 * The largest term, and the sum of the others' exponentials relative to it: the next step waits for neither an exponential nor a
 * logarithm, and where one term outweighs all others nothing is lost.
 */
function logSumExp(value: Expression, dtype: DType): ScanProgram {
  const [largest, others] = [input(ScanInput.carried, 'float64'), input(ScanInput.carried + 1, 'float64')];
  // The difference of equal infinities would be NaN.
  const distance = build.select(build.eq(value, largest), 0, build.abs(build.sub(value, largest)));
  const ratio = build.exp(build.neg(distance));
  const outweighed = build.mul(build.add(others, 1), ratio);
  const next = build.select(build.le(value, largest), build.add(others, ratio), outweighed);
  return {
    carried: [
      { dtype: 'float64', first: value, next: build.max(largest, value) },
      { dtype: 'float64', first: constant(0, 'float64'), next },
    ],
    results: [build.cast(build.add(largest, build.log1p(others)), dtype)],
  };
}
