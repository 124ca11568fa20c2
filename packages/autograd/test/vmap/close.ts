import type { Tensor } from '@gradus/tensor';
import { expect } from 'vitest';

/** Same shape and dtype, and values but for rounding; NaN equals NaN. */
export function assertClose(result: Tensor, expected: Tensor, label: string): void {
  expect([result.shape, result.dtype], label).toEqual([expected.shape, expected.dtype]);
  const [found, wanted] = [result.dataSync(), expected.dataSync()];
  found.forEach((value, i) => {
    const other = wanted[i] as number;
    const close = Object.is(value, other) || Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(other));
    expect(close || (Number.isNaN(value) && Number.isNaN(other)), `${label}: ${value} is not ${other}`).toBe(true);
  });
}
