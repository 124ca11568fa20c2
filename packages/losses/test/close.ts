import type { Tensor } from '@gradus/tensor';
import { expect } from 'vitest';

/** The tensor's elements are these numbers, to ten digits. */
export function expectClose(actual: Tensor, expected: readonly number[]): void {
  const values = actual.dataSync();
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    if (Number.isFinite(value)) expect(values[i]).toBeCloseTo(value, 10);
    else expect(values[i]).toBe(value);
  });
}
