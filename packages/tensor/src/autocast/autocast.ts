import type { Backend } from '@gradus/backend';
import { ArgumentError, type DType } from '@gradus/storage';
import { type Casting, casting, setCasting } from '../casting.ts';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Operand } from '../ops/pointwise/define.ts';
import type { Tensor } from '../tensor.ts';
import { CastCache } from './cast-cache.ts';

export interface AutocastOptions {
  /** What matrix products and convolutions compute in; float16 if left out. */
  readonly dtype?: 'float16' | 'bfloat16';
  /** false: as if no autocast were around, in a part of one. */
  readonly enabled?: boolean;
}

/**
 * Runs the forward pass in mixed precision: matrix products, convolutions and attention in `dtype`; powers, exponentials,
 * logarithms, softmax, sums, norms and losses in float32; all else in what its operands promote to. Parameters stay
 * float32, and so do their gradients. Backward belongs outside. A backend without the dtype computes in float32, and says
 * so once.
 *
 * ```ts
 * const loss = autocast({ dtype: 'bfloat16' }, () => crossEntropy(model.forward(x), y))
 * loss.backward()
 * ```
 *
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function autocast<T>({ dtype = 'float16', enabled = true }: AutocastOptions, body: () => T): T {
  if (dtype !== 'float16' && dtype !== 'bfloat16') {
    throw new ArgumentError(`autocast: dtype must be 'float16' or 'bfloat16', got '${dtype}'`);
  }
  const outer = casting;
  setCasting(enabled ? rulesFor(dtype) : null);
  depth++;
  let result: T;
  try {
    result = body();
  } finally {
    setCasting(outer);
    if (--depth === 0) casts.clear();
  }
  if (result instanceof Promise)
    throw new ArgumentError('autocast: the callback returned a promise; it is synchronous');
  return result;
}

/** Of parameters: most of what is cast, and often by several ops. */
const casts = new CastCache();
/** Regions that are open. */
let depth = 0;

/** Pointwise ops whose results need float32's range or precision. PyTorch's list. */
const wideOps: ReadonlySet<string> = new Set([
  ...['acos', 'asin', 'cosh', 'sinh', 'tan', 'erfinv', 'exp', 'exp2', 'expm1', 'log', 'log2', 'log10', 'log1p'],
  ...['pow', 'reciprocal', 'rsqrt', 'softplus', 'logSigmoid', 'logaddexp', 'logaddexp2', 'xlogy'],
]);

function rulesFor(dtype: 'float16' | 'bfloat16'): Casting {
  const low = <T extends Tensor | null>(operands: readonly T[]): readonly T[] => {
    const target = operands.some((x) => x !== null && !has(x.backend, dtype)) ? 'float32' : dtype;
    return operands.map((x) => converted(x, target));
  };
  const wide = <T extends Tensor | null>(operands: readonly T[]): readonly T[] =>
    operands.map((x) => (x !== null && isLow(x.dtype) ? converted(x, 'float32') : x));
  return {
    low,
    wide,
    pointwise: (name, operands) => (wideOps.has(name) ? operands.map(widened) : operands),
    wideDType: (given) => (isLow(given) ? 'float32' : given),
  };
}

function isLow(dtype: DType): boolean {
  return dtype === 'float16' || dtype === 'bfloat16';
}

function widened(operand: Operand): Operand {
  return typeof operand === 'object' && isLow(operand.dtype) ? converted(operand, 'float32') : operand;
}

/** float64 was asked for, and stays. */
function converted<T extends Tensor | null>(x: T, dtype: DType): T {
  if (x === null || x.dtype === dtype || !(x.dtype === 'float32' || isLow(x.dtype))) return x;
  const cast = (): Tensor => scope(() => copy('autocast', x, dtype));
  return (x.isLeaf && x.requiresGrad ? casts.get(x, dtype, cast) : cast()) as T;
}

const told = new WeakSet<Backend>();

function has(backend: Backend, dtype: DType): boolean {
  if (backend.capabilities.dtypes.has(dtype)) return true;
  if (!told.has(backend)) {
    told.add(backend);
    console.warn(`autocast: backend '${backend.name}' has no ${dtype}; it computes in float32`);
  }
  return false;
}
