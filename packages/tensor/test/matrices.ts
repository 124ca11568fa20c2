import { expect } from 'vitest';
import { eye, fromValues, type Tensor, zeros } from '../src/index.ts';

/** Irregular numbers between -1 and 1. */
export function scattered(shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const numbers = Float64Array.from({ length: size }, (_, i) => (Math.sin(seed + i) * 43758.5453) % 1);
  return fromValues(numbers, shape, { dtype: 'float64' });
}

/** Equal to nine digits, and of one shape. */
export function expectClose(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = expected.dataSync();
  actual.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i] as number, 9);
  });
}

/** Identity matrices as many as the columns of x, for its batch. */
export function identities(x: Tensor): Tensor {
  const n = x.shape.at(-1) as number;
  return zeros([...x.shape.slice(0, -2), n, n], { dtype: 'float64' }).add(eye(n, n, { dtype: 'float64' }));
}
