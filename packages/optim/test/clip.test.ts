import { HostBackend, use } from '@gradus/backend';
import { dataSync, type Tensor, tensor, zeros } from '@gradus/tensor';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import '@gradus/autograd';
import { clipGradNorm, clipGradValue } from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's.

let parameters: readonly Tensor[] = [];

beforeAll(() => use(new HostBackend('host')));
beforeEach(() => {
  const [a, b, unused] = [zeros([2]), zeros([1, 2]), zeros([3])];
  a.grad = tensor([3, -4]);
  b.grad = tensor([[12, 0.5]]);
  parameters = [a, b, unused];
});

function expectGrads(...expected: readonly number[]): void {
  const got = parameters.flatMap(({ grad }) => (grad === null ? [] : [...dataSync(grad)]));
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-6);
}

describe('clipGradNorm', () => {
  test.each([
    [2, 13.009612083435059, [0.4611974358558655, -0.6149299144744873, 1.844789743423462, 0.07686623930931091]],
    [1, 19.5, [0.3076922595500946, -0.41025635600090027, 1.2307690382003784, 0.051282044500112534]],
    [3, 12.20733642578125, [0.49150770902633667, -0.6553435921669006, 1.9660308361053467, 0.08191794902086258]],
    [Number.POSITIVE_INFINITY, 12, [0.4999999701976776, -0.6666666269302368, 1.9999998807907104, 0.0833333283662796]],
  ])('by the %d-norm of all gradients together', async (normType, norm, clipped) => {
    const total = clipGradNorm(parameters, 2, { normType });
    expect(total.shape).toEqual([]);
    expect(Math.abs((await total.item()) - norm)).toBeLessThan(1e-5);
    expectGrads(...clipped);
  });

  test('leaves gradients below the limit as they are', async () => {
    expect(await clipGradNorm(parameters, 100).item()).toBeCloseTo(13.009612, 5);
    expectGrads(3, -4, 12, 0.5);
  });

  test('is 0 where nothing has a gradient', async () => {
    expect(await clipGradNorm([zeros([2])], 1).item()).toBe(0);
    expect(await clipGradNorm([], 1).item()).toBe(0);
  });

  test('takes a single parameter', async () => {
    expect(await clipGradNorm(parameters[0] as Tensor, 2.5).item()).toBe(5);
    expectGrads(1.4999996423721313, -1.9999995231628418, 12, 0.5);
  });
});

test('clipGradValue limits every element', () => {
  clipGradValue([zeros([2])], 2.5);
  clipGradValue(parameters, 2.5);
  expectGrads(2.5, -2.5, 2.5, 0.5);
});
