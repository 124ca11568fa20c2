import { type DType, isFloat, limitsOf } from '@gradus/storage';
import { wrapInteger } from '../expression/evaluate.ts';
import type { ReduceProgram } from '../expression/program.ts';
import type { ScanOp, ScatterCombine } from '../kernel.ts';

/** A running fold: its value, and where the extreme was seen. */
export interface FoldState {
  readonly value: number;
  readonly index: number;
}

/** What folding nothing gives. */
export function foldInitial({ fold, body }: ReduceProgram): FoldState {
  return { value: initialValue(fold, body.dtype), index: 0 };
}

/** The neutral element: for max and min of integers the dtype's own extreme. */
export function initialValue(fold: ReduceProgram['fold'], dtype: DType): number {
  if (fold === 'sum') return 0;
  if (fold === 'prod') return 1;
  const isMax = fold === 'max' || fold === 'argmax';
  if (isFloat(dtype)) return isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return isMax ? limitsOf(dtype).min : limitsOf(dtype).max;
}

export function foldStep({ fold, body }: ReduceProgram, state: FoldState, value: number, position: number): FoldState {
  if (fold === 'sum') return { value: accumulate(state.value + value, body.dtype), index: 0 };
  if (fold === 'prod') return { value: multiply(state.value, value, body.dtype), index: 0 };
  const wins = position === 0 || beats(value, state.value, fold === 'max' || fold === 'argmax');
  return wins ? { value, index: position } : state;
}

/** Whether `value` replaces the extreme `best`: strictly better, or the first NaN. */
function beats(value: number, best: number, wantsMax: boolean): boolean {
  if (Number.isNaN(best)) return false;
  return Number.isNaN(value) || (wantsMax ? value > best : value < best);
}

export function scanStep(op: ScanOp, dtype: DType, state: FoldState, value: number, position: number): FoldState {
  if (position === 0) return { value, index: 0 };
  switch (op) {
    case 'sum':
      return { value: accumulate(state.value + value, dtype), index: 0 };
    case 'prod':
      return { value: multiply(state.value, value, dtype), index: 0 };
    case 'logsumexp':
      return { value: logAddExp(state.value, value), index: 0 };
    default: {
      const better = Number.isNaN(value) || (op === 'max' ? value >= state.value : value <= state.value);
      return better ? { value, index: position } : state;
    }
  }
}

function logAddExp(a: number, b: number): number {
  if (a === b && Math.abs(a) === Number.POSITIVE_INFINITY) return a;
  const high = Math.max(a, b);
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** One step of a scatter. */
export function combine(how: ScatterCombine, dtype: DType, old: number, value: number): number {
  switch (how) {
    case 'replace':
      return value;
    case 'sum':
      return accumulate(old + value, dtype);
    case 'prod':
      return multiply(old, value, dtype);
    case 'max':
      return Math.max(old, value);
    case 'min':
      return Math.min(old, value);
  }
}

function accumulate(value: number, dtype: DType): number {
  return isFloat(dtype) ? value : wrapInteger(value, dtype);
}

function multiply(a: number, b: number, dtype: DType): number {
  return isFloat(dtype) ? a * b : wrapInteger(Math.imul(a, b), dtype);
}
