import { use } from '@gradus/backend';
import { AutogradError, DisposedError } from '@gradus/storage';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as F from '../src/functional/index.ts';
import * as t from '../src/index.ts';
import * as linalg from '../src/linalg/index.ts';
import * as statistics from '../src/statistics/index.ts';
import { CountingBackend, collect } from './counting-backend.ts';

const backend = new CountingBackend('counting');
const live = (): number => backend.memory().liveBuffers;

beforeAll(() => use(backend));

afterEach(async () => {
  await collect(() => live() === 0);
  expect(live()).toBe(0);
});

describe('dispose', () => {
  test('gives the memory back once, and reading afterwards is an error', () => {
    const x = t.zeros([4]);
    expect([live(), backend.memory().liveBytes]).toEqual([1, 16]);
    x.dispose();
    x.dispose();
    expect([live(), x.isDisposed]).toEqual([0, true]);
    expect(() => x.dataSync()).toThrow(DisposedError);
    expect(() => x.add(1)).toThrow("this tensor's memory (16 bytes on counting) was disposed");
  });

  test('of one view leaves the others their memory', () => {
    const x = t.tensor([1, 2, 3]);
    const view = x.narrow(0, 1, 2);
    x.dispose();
    expect([live(), view.toArraySync()]).toEqual([1, [2, 3]]);
    view.dispose();
    expect(live()).toBe(0);
  });

  test('happens at the end of a block for what is declared with using', () => {
    {
      using x = t.ones([2]);
      using y = x.add(1);
      expect([live(), y.toArraySync()]).toEqual([2, [2, 2]]);
    }
    expect(live()).toBe(0);
  });
});

describe('scope', () => {
  test('keeps what it returns: a tensor, arrays and plain objects of them', () => {
    const x = t.scope(() => t.ones([2]).add(1).mul(3));
    const { list, nested } = t.scope(() => {
      const [a, b] = [t.zeros([1]), t.zeros([1])];
      a.add(b);
      return { list: [a], nested: { b }, other: 'text' };
    });
    expect([live(), x.toArraySync()]).toEqual([3, [6, 6]]);
    for (const tensor of [x, ...list, nested.b]) tensor.dispose();
  });

  test('hands what it returns to the scope around it', () => {
    const outer = t.scope(() => {
      const inner = t.scope(() => t.ones([1]).add(1));
      expect(live()).toBe(1);
      return inner.add(1);
    });
    expect([live(), outer.itemSync()]).toEqual([1, 3]);
    outer.dispose();
  });

  test('leaves tensors alone that were made outside, also when it returns them', () => {
    const x = t.ones([1]);
    expect(t.scope(() => x)).toBe(x);
    t.scope(() => {
      x.add(1);
    });
    expect([x.isDisposed, live()]).toEqual([false, 1]);
    x.dispose();
  });

  test('disposes everything when its callback throws, but what is kept', () => {
    let kept: t.Tensor | undefined;
    const fail = (): void =>
      t.scope(() => {
        kept = t.keep(t.ones([1]));
        t.scope(() => kept?.add(1));
        kept.mul(2);
        throw new Error('stop');
      });
    expect(fail).toThrow('stop');
    expect([live(), kept?.isDisposed]).toEqual([1, false]);
    // The scope is over: what is made now belongs to none.
    const after = t.ones([1]);
    expect(after.isDisposed).toBe(false);
    for (const tensor of [after, kept as t.Tensor]) tensor.dispose();
  });

  test('spares what is kept, through all scopes around it', () => {
    const state: t.Tensor[] = [];
    t.scope(() => {
      t.scope(() => {
        state.push(t.keep(t.ones([1]).add(1)));
      });
    });
    expect([live(), state[0]?.itemSync()]).toEqual([1, 2]);
    state[0]?.dispose();
  });

  test('refuses a callback that returns a promise, and disposes what it made', () => {
    expect(() => t.scope(async () => t.ones([1]))).toThrow(AutogradError);
    expect(live()).toBe(0);
  });
});

describe('leaks', () => {
  test('are reported with shape, bytes and the op that made them', () => {
    const stop = t.trackLeaks();
    const x = t.ones([2, 3], { dtype: 'float64' });
    const y = x.exp();
    x.dispose();
    const leaks = stop();
    expect(leaks.map(({ shape, dtype, bytes }) => ({ shape, dtype, bytes }))).toEqual([
      { shape: [2, 3], dtype: 'float64', bytes: 48 },
    ]);
    const report = t.formatLeaks(leaks);
    expect(report).toMatch(/^1 tensor not disposed\nfloat64 \[2, 3\], 48 bytes, made at\n/);
    expect(report).toContain('memory.test.ts');
    const after = t.ones([1]);
    expect(stop()).toHaveLength(1);
    for (const tensor of [y, after]) tensor.dispose();
  });

  // Ops made of others release what they made on the way.
  const composed: Readonly<
    Record<string, readonly [op: (...operands: t.Tensor[]) => t.Tensor, ...shapes: number[][]]>
  > = {
    'matmul of a vector': [t.matmul, [2], [2, 3]],
    'matmul of a batch and a matrix': [t.matmul, [2, 2, 3], [3, 2]],
    linear: [F.linear, [2, 3], [4, 3], [4]],
    layerNorm: [(x, weight) => F.layerNorm(x, [3], { weight }), [2, 3], [3]],
    rmsNorm: [(x) => F.rmsNorm(x, [3]), [2, 3]],
    batchNorm: [(x, weight) => F.batchNorm(x, { training: true, weight }), [2, 3, 2], [3]],
    instanceNorm: [(x, weight) => F.instanceNorm(x, { weight }), [2, 3, 2], [3]],
    groupNorm: [(x, weight) => F.groupNorm(x, 2, { weight }), [2, 4], [4]],
    conv2d: [(x, weight, bias) => F.conv2d(x, weight, { bias, padding: 'same' }), [1, 3, 3], [1, 1, 2, 2], [1]],
    convTranspose1d: [(x, weight, bias) => F.convTranspose1d(x, weight, { bias }), [1, 1, 3], [1, 1, 2], [1]],
    avgPool2d: [(x) => F.avgPool2d(x, 2, { padding: 1, countIncludePad: false }), [1, 3, 3]],
    maxPool2d: [(x) => F.maxPool2d(x, 2), [1, 3, 3]],
    adaptiveAvgPool1d: [(x) => F.adaptiveAvgPool1d(x, 2), [1, 1, 3]],
    pad: [(x) => F.pad(x, [1, 1], { mode: 'reflect' }), [1, 4]],
    'softmax of a scalar': [(x) => t.softmax(x, 0), []],
    softmin: [(x) => t.softmin(x, 0), [2]],
    logsumexp: [(x) => t.logsumexp(x), [2, 2]],
    quantile: [(x) => statistics.quantile(x, 0.5), [5]],
    kron: [linalg.kron, [2, 2], [2]],
  };

  test.each(Object.entries(composed))('are none inside of %s', (_, [op, ...shapes]) => {
    const operands = shapes.map((shape) => t.ones(shape));
    const before = live();
    op(...operands).dispose();
    expect(live()).toBe(before);
    for (const tensor of operands) tensor.dispose();
  });
});

describe('garbage', () => {
  test('gives its memory back when it is collected', async () => {
    const before = backend.releases;
    (() => t.ones([100]).add(1))();
    expect(await collect(() => live() === 0)).toBe(true);
    expect(backend.releases - before).toBe(2);
  });

  test('leaves the memory of views that are still held', async () => {
    const view = (() => t.tensor([1, 2, 3]).narrow(0, 1, 1))();
    await collect(() => live() === 0, 3);
    expect([live(), view.itemSync()]).toEqual([1, 2]);
    view.dispose();
  });

  test('is not released a second time when it was disposed', async () => {
    const before = backend.releases;
    (() => t.ones([2]).dispose())();
    await collect(() => false, 3);
    expect(backend.releases - before).toBe(1);
  });
});
