import { type DType, normalizeAxis } from '@gradus/storage';
import { copy, scan } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import type { ValuesAndIndices } from './extrema.ts';
import { viaVector } from './order.ts';
import { accumulated, assertFloat, summable } from './reduction-program.ts';

/**
 * Running folds along an axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.cumsum.html
 */

interface CumulativeOptions {
  /** Convert elements to it first. */
  readonly dtype?: DType;
}

/** Running sum; of integers and bool in int32. */
export function cumsum(x: Tensor, dim: number, options: CumulativeOptions = {}): Tensor {
  return running('cumsum', 'sum', x, dim, options.dtype ?? accumulated(x.dtype));
}

/** Running product; of integers and bool in int32. */
export function cumprod(x: Tensor, dim: number, options: CumulativeOptions = {}): Tensor {
  return running('cumprod', 'prod', x, dim, options.dtype ?? accumulated(x.dtype));
}

/** log(cumsum(exp(x))) without overflow. */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  return running('logcumsumexp', 'logsumexp', x, dim, assertFloat('logcumsumexp', summable(x.dtype)));
}

function running(name: string, op: 'sum' | 'prod' | 'logsumexp', x: Tensor, dim: number, dtype: DType): Tensor {
  const axis = normalizeAxis(name, dim, x.ndim);
  return scope(() => scan(op, x.dtype === dtype ? x : copy(name, x, dtype), axis)[0] as Tensor);
}

/** The largest element so far (NaN stays), and where the last of them stands. */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  return runningExtreme('max', x, dim);
}

/** The smallest element so far (NaN stays), and where the last of them stands. */
export function cummin(x: Tensor, dim: number): ValuesAndIndices {
  return runningExtreme('min', x, dim);
}

function runningExtreme(op: 'max' | 'min', x: Tensor, dim: number): ValuesAndIndices {
  if (x.ndim === 0) return viaVector(x, (vector) => runningExtreme(op, vector, dim));
  const [values, indices] = scan(op, x, normalizeAxis(`cum${op}`, dim, x.ndim)) as [Tensor, Tensor];
  return { values, indices };
}
