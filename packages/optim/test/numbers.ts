import { dataSync, scope, type Tensor, tensor } from '@gradus/tensor';
import { expect } from 'vitest';
import type { AnyOptimizer } from '../src/index.ts';

/** A parameter in float64. */
export function leaf(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: 'float64', requiresGrad: true });
}

/** Steps down the squares' sum. */
export function descend(optimizer: AnyOptimizer, x: Tensor, steps: number): void {
  for (let i = 0; i < steps; i++) {
    scope(() => {
      optimizer.zeroGrad();
      x.square().sum().backward();
      optimizer.step();
    });
  }
}

export function expectNumbers(x: Tensor | readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  const got = Array.isArray(x) ? x : [...dataSync(x as Tensor)];
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value)));
  }
}
