import { formatShape, GradusError } from '@gradus/storage';
import { readable } from '../launch/transform.ts';
import { dataSync } from '../read.ts';
import type { Tensor } from '../tensor.ts';

/** A matrix that an algorithm can't do: singular, or not positive definite. */
export class LinalgError extends GradusError {
  override readonly name: string = 'LinalgError';
}

/**
 * Throws for the first matrix of a batch whose `info` isn't 0. Only where the backend reads without waiting for a device: on
 * others the result holds infinities or NaN instead.
 */
export function assertSuccess(result: Tensor, explain: (code: number, which: string) => string): void {
  const info = readable(result);
  if (!info.backend.capabilities.syncRead || info.size === 0) return;
  const codes = dataSync(info);
  const at = codes.findIndex((code) => code !== 0);
  if (at < 0) return;
  const which = info.ndim === 0 ? 'the matrix' : `matrix ${formatShape(coordinates(at, info.shape))} of the batch`;
  throw new LinalgError(explain(codes[at] as number, which));
}

function coordinates(flat: number, shape: readonly number[]): readonly number[] {
  let rest = flat;
  return shape
    .toReversed()
    .map((size) => {
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      return coordinate;
    })
    .reverse();
}
