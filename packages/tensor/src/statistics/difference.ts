import { ArgumentError, normalizeAxis, promoteTypes, ShapeError } from '@gradus/storage';
import { cat } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { clone, to } from '../ops/conversion.ts';
import { narrow } from '../ops/movement.ts';
import { ne, sub } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

interface DiffOptions {
  /** How many times. Default 1. */
  readonly n?: number;
  /** Default: the last axis. */
  readonly dim?: number;
  /** What to put before x along the axis first. */
  readonly prepend?: Tensor;
  /** What to put behind x along the axis first. */
  readonly append?: Tensor;
}

/**
 * x[i + 1] - x[i] along an axis; of bool, whether they differ.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.diff.html
 */
export function diff(x: Tensor, options: DiffOptions = {}): Tensor {
  const { n = 1, dim = -1, prepend, append } = options;
  if (x.ndim === 0) throw new ShapeError('diff: a scalar has no axis to go along');
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`diff: n must be a non-negative integer, got ${n}`);
  const axis = normalizeAxis('diff', dim, x.ndim);
  if (n === 0) return clone(x);
  return scope(() => {
    let result = joined([prepend, x, append], axis);
    const times = Math.min(n, result.shape[axis] as number);
    for (let i = 0; i < times; i++) {
      const rest = (result.shape[axis] as number) - 1;
      const [next, previous] = [narrow(result, axis, 1, rest), narrow(result, axis, 0, rest)];
      result = x.dtype === 'bool' ? ne(next, previous) : sub(next, previous);
    }
    return result;
  });
}

function joined(given: readonly (Tensor | undefined)[], axis: number): Tensor {
  const parts = given.filter((part) => part !== undefined);
  if (parts.length === 1) return parts[0] as Tensor;
  const dtype = parts.map((part) => part.dtype).reduce(promoteTypes);
  return cat(
    parts.map((part) => to(part, dtype)),
    axis,
  );
}
