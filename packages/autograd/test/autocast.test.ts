import '../src/index.ts';
import { type Capabilities, HostBackend, use } from '@gradus/backend';
import { ArgumentError, type DType } from '@gradus/storage';
import { dataSync, randn, type Tensor, tensor } from '@gradus/tensor';
import { autocast } from '@gradus/tensor/autocast';
import { conv2d, layerNorm, linear, scaledDotProductAttention } from '@gradus/tensor/functional';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

class OnlyFloat32 extends HostBackend {
  override readonly capabilities: Capabilities = {
    ...new HostBackend('host').capabilities,
    dtypes: new Set<DType>(['float32', 'bool']),
  };
}

beforeEach(() => use(new HostBackend('host')));
afterEach(() => vi.restoreAllMocks());

describe.each(['float16', 'bfloat16'] as const)('%s', (dtype) => {
  const half = (): Tensor => randn([2, 3]).to(dtype);
  const ops: readonly [string, DType, () => Tensor][] = [
    ['matmul', dtype, () => randn([2, 3]).matmul(randn([3, 2]))],
    ['linear with a bias', dtype, () => linear(randn([2, 3]), randn([4, 3]), randn([4]))],
    ['convolution with a bias', dtype, () => conv2d(randn([1, 1, 3, 3]), randn([2, 1, 2, 2]), { bias: randn([2]) })],
    ['attention', dtype, () => scaledDotProductAttention(randn([2, 3]), randn([4, 3]), randn([4, 5]))],
    ['relu', dtype, () => half().relu()],
    ['exp', 'float32', () => half().exp()],
    ['pow', 'float32', () => half().pow(2)],
    ['softmax', 'float32', () => half().softmax(1)],
    ['sum', 'float32', () => half().sum()],
    ['norm', 'float32', () => half().norm()],
    ['layer norm', 'float32', () => layerNorm(half(), [3])],
    ['a mixed sum', 'float32', () => half().add(randn([3]))],
    [
      'matmul of float64',
      'float64',
      () => randn([2, 3], { dtype: 'float64' }).matmul(randn([3, 2], { dtype: 'float64' })),
    ],
    [
      'matmul where it is off',
      'float32',
      () => autocast({ enabled: false }, () => randn([2, 3]).matmul(randn([3, 2]))),
    ],
  ];

  test.each(ops)('%s computes in %s', (_, expected, op) => {
    expect(autocast({ dtype }, op).dtype).toBe(expected);
  });

  test('gradients arrive in float32 at float32 weights, close to those of float32', () => {
    const [x, weight] = [randn([4, 3]), randn([2, 3], { requiresGrad: true })];
    const gradient = (loss: Tensor): number[] => {
      loss.backward();
      const { grad } = weight;
      expect(grad?.dtype).toBe('float32');
      weight.grad = null;
      return [...dataSync(grad as Tensor)];
    };
    const low = gradient(autocast({ dtype }, () => linear(x, weight).square().sum()));
    for (const [i, value] of gradient(linear(x, weight).square().sum()).entries()) {
      expect(Math.abs((low[i] as number) - value)).toBeLessThan(0.05 * (1 + Math.abs(value)));
    }
  });
});

test('ends with the callback, also by an error', () => {
  expect(() =>
    autocast({}, () => {
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect(randn([2, 2]).matmul(randn([2, 2])).dtype).toBe('float32');
});

test('a backend without the dtype computes in float32, and says so once', async () => {
  await use(new OnlyFloat32('narrow'));
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const product = autocast({ dtype: 'bfloat16' }, () =>
    tensor([[2]])
      .matmul(tensor([[3]]))
      .matmul(tensor([[1]])),
  );
  expect([product.dtype, ...dataSync(product)]).toEqual(['float32', 6]);
  expect(warn.mock.calls).toEqual([["autocast: backend 'narrow' has no bfloat16; it computes in float32"]]);
});

test('refuses what can not be', () => {
  expect(() => autocast({ dtype: 'float32' as 'float16' }, () => 1)).toThrow(ArgumentError);
  expect(() => autocast({}, async () => 1)).toThrow('autocast: the callback returned a promise');
});
