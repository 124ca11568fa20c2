import { type Backend, HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import {
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
  gumbelSoftmax,
  rrelu,
} from '../src/functional/index.ts';
import { arange, dataSync, manualSeed, ones, rand, type Tensor, tensor, toArraySync, zeros } from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's from the same seeds.

beforeAll(() => use(new HostBackend('host')));
beforeEach(() => {
  manualSeed(0);
});

const ramp = (): Tensor => arange(-6, 6, 1, { dtype: 'float32' }).reshape([3, 4]);

function expectNumbers(x: Tensor, expected: readonly number[]): void {
  const got = dataSync(x);
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(value)));
  });
}

test('dropout draws in row-major order', () => {
  expectNumbers(dropout(ramp().T, { p: 0.5 }), [0, 0, 4, 0, 0, 0, -8, 0, 0, -6, 2, 10]);
});

test('dropout of nothing, of all, and outside of training', () => {
  const x = ramp();
  expect(dropout(x, { p: 0 })).toBe(x);
  expect(dropout(x, { training: false })).toBe(x);
  expect(dataSync(dropout(x, { p: 1 })).every((value) => value === 0)).toBe(true);
  expect(dropout(zeros([0, 3])).shape).toEqual([0, 3]);
});

test('whole channels', () => {
  expectNumbers(dropout1d(ones([4, 2])), [0, 0, 0, 0, 2, 2, 0, 0]);
  expectNumbers(dropout2d(ones([2, 3, 2])), [0, 0, 0, 0, 2, 2, 2, 2, 0, 0, 2, 2]);
  const x = toArraySync(dropout3d(ones([2, 8, 2, 2, 2])).reshape([16, 8])) as number[][];
  expect(x.every((channel) => new Set(channel).size === 1)).toBe(true);
  expect(new Set(x.flat())).toEqual(new Set([0, 2]));
});

test('alpha dropout', () => {
  expectNumbers(
    alphaDropout(ramp(), { training: true }),
    [
      -0.7791939, -0.7791939, -2.7664256, -0.7791939, -0.7791939, -0.7791939, 0.7791939, 1.6655989, -0.7791939,
      3.4384084, 4.3248134, 5.2112184,
    ],
  );
  const x = ramp();
  expect(alphaDropout(x)).toBe(x);
  const kept = toArraySync(featureAlphaDropout(zeros([4, 5, 3]), { training: true }).reshape([20, 3])) as number[][];
  expect(kept.every((channel) => new Set(channel).size === 1)).toBe(true);
});

test('rrelu draws a slope per element that is not positive', () => {
  expectNumbers(
    rrelu(ramp(), { training: true }),
    [-1.9625663, -1.3623124, -0.8828191, -0.9504673, -0.5187601, -0.2898225, 0, 1, 2, 3, 4, 5],
  );
  expectNumbers(rand([1]), [0.2938884]);
  expectNumbers(rrelu(tensor([-24, 3])), [-5.5, 3]);
  expectNumbers(rrelu(tensor([1, 2]), { training: true }), [1, 2]);
});

test('rrelu without reading draws the same slopes', async () => {
  const near = rrelu(ramp(), { training: true });
  manualSeed(0);
  // Reads asynchronously only, as a device does.
  const host = new HostBackend('distant');
  const backend: Backend = new Proxy(host, {
    get: (_, key) => {
      const value: unknown = key === 'downloadSync' ? undefined : Reflect.get(host, key);
      return typeof value === 'function' ? value.bind(host) : value;
    },
  });
  const far = rrelu(arange(-6, 6, 1, { dtype: 'float32', backend }).reshape([3, 4]), { training: true });
  expect(await far.data()).toEqual(dataSync(near));
});

test('gumbelSoftmax', () => {
  const logits = tensor([
    [1, 2, 3],
    [0, 0, 0],
  ]);
  expect(toArraySync(gumbelSoftmax(logits, { hard: true }))).toEqual([
    [0, 0, 1],
    [0, 1, 0],
  ]);
  manualSeed(0);
  const soft = gumbelSoftmax(logits, { tau: 0.5 });
  expect(toArraySync(soft.argmax({ dim: 1 }))).toEqual([2, 1]);
  expectNumbers(soft.sum({ dim: 1 }), [1, 1]);
});

test('errors', () => {
  expect(() => dropout(ramp(), { p: 1.5 })).toThrow(ArgumentError);
  expect(() => dropout(zeros([2], { dtype: 'int32' }))).toThrow(DTypeError);
  expect(() => dropout2d(zeros([2]))).toThrow(ShapeError);
  expect(() => dropout3d(zeros([2]))).toThrow(ShapeError);
  expect(() => gumbelSoftmax(ramp(), { tau: 0 })).toThrow(ArgumentError);
});
