import { type Capabilities, HostBackend, type Kernel, use } from '@gradus/backend';
import { ArgumentError, type DType } from '@gradus/storage';
import { dataSync, manualSeed, randn, scope, type Tensor, tensor } from '@gradus/tensor';
import { autocast } from '@gradus/tensor/autocast';
import { conv2d, layerNorm, linear, scaledDotProductAttention } from '@gradus/tensor/functional';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { noGrad } from '../src/index.ts';

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

describe('a weight that several ops need', () => {
  /** Counts what casts float32 to float16. */
  class Counting extends HostBackend {
    casts = 0;

    override launch(kernel: Kernel): void {
      const isCast =
        kernel.kind === 'map' && kernel.inputs[0]?.dtype === 'float32' && kernel.outputs[0]?.dtype === 'float16';
      if (isCast) this.casts++;
      super.launch(kernel);
    }
  }

  const createWeight = (): Tensor => randn([2, 2], { requiresGrad: true });
  let backend: Counting;
  beforeEach(async () => {
    manualSeed(0);
    backend = new Counting('counting');
    await use(backend);
  });

  test('is cast once in a region, and gradients are those of casts of its own', () => {
    const weight = createWeight();
    const x = randn([3, 2]).to('float16');
    const before = backend.casts;
    const loss = autocast({}, () => x.matmul(weight).matmul(weight).sum());
    expect(backend.casts).toBe(before + 1);
    loss.backward();
    const { grad } = weight;
    weight.grad = null;
    const separate = (): Tensor => weight.to('float16');
    x.matmul(separate()).matmul(separate()).float().sum().backward();
    const expected = dataSync(weight.grad as unknown as Tensor);
    // Half precision has three digits, and the gradients are rounded at different places.
    for (const [i, value] of [...dataSync(grad as Tensor)].entries())
      expect(value).toBeCloseTo(expected[i] as number, 1);
  });

  test('is cast once in regions within a region, and again in the next one', () => {
    const weight = createWeight();
    const x = randn([3, 2]).to('float16');
    const before = backend.casts;
    const twice = (): Tensor => autocast({}, () => x.matmul(weight)).add(autocast({}, () => x.matmul(weight)));
    autocast({}, twice);
    expect(backend.casts).toBe(before + 1);
    twice();
    expect(backend.casts).toBe(before + 3);
  });

  test('is cast again once it was written to, and without a gradient if nothing is recorded', () => {
    const weight = createWeight();
    const x = tensor([[1, 0]]).to('float16');
    autocast({}, () => {
      const first = noGrad(() => x.matmul(weight));
      expect(first.requiresGrad).toBe(false);
      expect(x.matmul(weight).requiresGrad).toBe(true);
      noGrad(() => weight.fill_(3));
      expect([...dataSync(x.matmul(weight))]).toEqual([3, 3]);
    });
  });

  test('may be used after a scope that it was cast in, and in two backward passes', () => {
    const weight = createWeight();
    const x = tensor([[1, 0]]).to('float16');
    autocast({}, () => {
      for (let pass = 0; pass < 2; pass++) scope(() => x.matmul(weight).sum().backward());
    });
    expect([...dataSync(weight.grad as unknown as Tensor)]).toEqual([2, 2, 0, 0]);
  });

  test('leaves nothing behind', () => {
    const weight = createWeight();
    const x = tensor([[1, 0]]).to('float16');
    const live = backend.memory().liveBuffers;
    scope(() => autocast({}, () => void noGrad(() => x.matmul(weight))));
    scope(() => autocast({}, () => void x.matmul(weight).sum().backward()));
    weight.grad?.dispose();
    expect(backend.memory().liveBuffers).toBe(live);
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
