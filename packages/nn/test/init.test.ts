import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { dataSync, Generator, manualSeed, rand, type Tensor, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import '@gradus/autograd';
import { init } from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's from the same seeds.

beforeAll(() => use(new HostBackend('host')));
beforeEach(() => {
  manualSeed(0);
});

function expectNumbers(x: Tensor, expected: readonly number[]): void {
  const got = dataSync(x);
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(value)));
  });
}

test('calculateGain', () => {
  expect(
    ['linear', 'conv_transpose2d', 'sigmoid'].map((name) => init.calculateGain(name as init.Nonlinearity)),
  ).toEqual([1, 1, 1]);
  expect(init.calculateGain('tanh')).toBe(5 / 3);
  expect(init.calculateGain('relu')).toBe(Math.SQRT2);
  expect(init.calculateGain('leaky_relu')).toBe(1.4141428569978354);
  expect(init.calculateGain('leaky_relu', 0.5)).toBe(1.2649110640673518);
  expect(init.calculateGain('selu')).toBe(0.75);
  expect(() => init.calculateGain('gelu' as init.Nonlinearity)).toThrow(ArgumentError);
});

test('weights without elements are left alone, and nothing is drawn for them', () => {
  const before = rand([1]);
  manualSeed(0);
  for (const initialise of [init.kaimingUniform_, init.kaimingNormal_, init.xavierUniform_, init.xavierNormal_]) {
    expect(initialise(zeros([0, 3])).shape).toEqual([0, 3]);
  }
  expect(toArraySync(rand([1]))).toEqual(toArraySync(before));
});

test('initialisers leave the gradient state of parameters alone', () => {
  const weight = zeros([3, 4], { requiresGrad: true });
  for (const initialize of [
    init.uniform_,
    init.normal_,
    init.ones_,
    init.eye_,
    init.xavierUniform_,
    init.orthogonal_,
    init.truncNormal_,
  ]) {
    expect(initialize(weight)).toBe(weight);
  }
  init.sparse_(weight, 0.5);
  expect(weight.requiresGrad).toBe(true);
  expect(weight.isLeaf).toBe(true);
});

describe('constants', () => {
  test('constant_, ones_, zeros_', () => {
    expect(toArraySync(init.constant_(zeros([2]), 0.25))).toEqual([0.25, 0.25]);
    expect(toArraySync(init.zeros_(init.ones_(zeros([2]))))).toEqual([0, 0]);
  });

  test('eye_', () => {
    expect(toArraySync(init.eye_(rand([2, 3])))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(() => init.eye_(zeros([3]))).toThrow(ShapeError);
  });

  test('dirac_', () => {
    expectNumbers(
      init.dirac_(rand([4, 2, 3]), { groups: 2 }),
      [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    );
    expect(() => init.dirac_(zeros([2, 2]))).toThrow(ShapeError);
    expect(() => init.dirac_(zeros([3, 2, 3]), { groups: 2 })).toThrow(ArgumentError);
  });
});

describe('draws', () => {
  test('xavierUniform_', () => {
    expectNumbers(
      init.xavierUniform_(zeros([2, 3]), { gain: 2 }),
      [-0.0164028, 1.175289, -1.8032016, -1.6123617, -0.8438309, 0.5875034],
    );
  });

  test('kaimingNormal_', () => {
    expectNumbers(
      init.kaimingNormal_(zeros([2, 3, 2]), { mode: 'fan_out', nonlinearity: 'tanh' }),
      [
        1.2841635, -0.2445241, -1.8156579, 0.4736927, -0.9037686, -1.1654961, 0.3361224, 0.6983553, -0.5993813,
        -0.3361196, -0.4971961, 0.1516971,
      ],
    );
  });

  test('kaimingUniform_', () => {
    expectNumbers(
      init.kaimingUniform_(zeros([2, 3]), { a: Math.sqrt(5) }),
      [-0.0043225, 0.3097158, -0.4751853, -0.4248946, -0.222369, 0.1548207],
    );
    expect(() => init.kaimingUniform_(zeros([3]))).toThrow(ShapeError);
    expect(() => init.kaimingUniform_(zeros([3, 2]), { mode: 'fan' as 'fan_in' })).toThrow(ArgumentError);
  });

  test('truncNormal_', () => {
    expectNumbers(
      init.truncNormal_(zeros([2, 3]), { mean: 0.5, std: 2, a: -1, b: 1 }),
      [0.051462, 0.5625081, -0.7894794, -0.6910092, -0.3194005, 0.3120006],
    );
    expect(() => init.truncNormal_(zeros([2]), { a: 2, b: 1 })).toThrow(ArgumentError);
  });

  test('orthogonal_', () => {
    expectNumbers(
      init.orthogonal_(zeros([2, 3], { dtype: 'float64' })),
      [0.5739808, -0.1092946, -0.8115422, -0.3454152, -0.9308828, -0.1189356],
    );
    expectNumbers(
      init.orthogonal_(zeros([3, 2], { dtype: 'float64' }), { gain: 2 }),
      [0.7925562, 1.5924021, -1.4133048, -0.1068552, -1.1723584, 1.2053371],
    );
  });

  test('orthogonal_ columns of a large matrix', () => {
    const x = init.orthogonal_(zeros([60, 4, 10], { dtype: 'float64' })).reshape([60, 40]);
    const products = dataSync(x.T.matmul(x));
    products.forEach((value, i) => {
      expect(Math.abs(value - (i % 41 === 0 ? 1 : 0))).toBeLessThan(1e-13);
    });
  });

  test('sparse_', () => {
    expectNumbers(init.sparse_(zeros([4, 2]), 0.5), [0, -0.0029343, 0, 0, -0.0108452, -0.013986, 0.0040335, 0]);
  });

  test('from an own generator', () => {
    const own = init.normal_(zeros([5]), { mean: 1, std: 2, generator: new Generator().manualSeed(0) });
    expect(toArraySync(init.normal_(zeros([5]), { mean: 1, std: 2 }))).toEqual(toArraySync(own));
  });
});
