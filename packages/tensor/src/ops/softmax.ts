import { type DType, DTypeError, isFloat, normalizeAxis } from '@gradus/storage';
import { copy, softmax as launch } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { neg } from './pointwise/index.ts';
import { summable } from './reduction-program.ts';

interface SoftmaxOptions {
  /** Convert x to this dtype first. */
  readonly dtype?: DType;
}

/** exp(x) / sum(exp(x)) along an axis, without overflow. */
export function softmax(x: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  return along('softmax', x, dim, options, false);
}

/** log(softmax(x)), computed as x - max - log(sum(exp(x - max))). */
export function logSoftmax(x: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  return along('logSoftmax', x, dim, options, true);
}

/** softmax(-x). */
export function softmin(x: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  return scope(() => softmax(neg(x), dim, options));
}

function along(name: string, x: Tensor, dim: number, options: SoftmaxOptions, log: boolean): Tensor {
  const dtype = options.dtype ?? summable(x.dtype);
  if (!isFloat(dtype)) throw new DTypeError(`${name}: needs floats, not ${dtype}; pass { dtype: 'float32' }`);
  const axis = normalizeAxis(name, dim, x.ndim);
  if (x.ndim > 0 && x.dtype === dtype) return launch(x, axis, log);
  return scope(() => {
    const floats = x.dtype === dtype ? x : copy(name, x, dtype);
    // A scalar has one element to normalise over.
    return x.ndim === 0 ? launch(floats.reshape([1]), 0, log).reshape([]) : launch(floats, axis, log);
  });
}
