import { Tensor } from '@gradus/tensor';

/** Disposes the tensors of a batch: the batch itself, or what its arrays and plain objects hold. */
export function disposeBatch(batch: unknown): void {
  if (batch instanceof Tensor) batch.dispose();
  else if (Array.isArray(batch)) batch.forEach(disposeBatch);
  else if (isPlainObject(batch)) Object.values(batch).forEach(disposeBatch);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
