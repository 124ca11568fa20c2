import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ShapeError } from '@gradus/storage';
import { manualSeed, ones, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  deepCopy,
  LazyBatchNorm2d,
  LazyConv1d,
  LazyConv2d,
  LazyConvTranspose2d,
  LazyInstanceNorm1d,
  LazyLinear,
  Linear,
  Parameter,
  registerForwardHook,
  Sequential,
  UninitializedParameter,
} from '../src/index.ts';
import { expectState, recorded } from './recorded/recorded.ts';

beforeAll(() => use(new HostBackend('host')));

describe('lazy layers', () => {
  test('draw the parameters that PyTorch draws, at the first forward', () => {
    manualSeed(5);
    const [linear, conv] = [new LazyLinear(2), new LazyConvTranspose2d(2, 3)];
    linear.forward(ones([1, 3]));
    conv.forward(ones([1, 2, 3, 3]));
    expectState(linear, recorded.lazy.linear);
    expectState(conv, recorded.lazy.conv);
    expect([conv.inChannels, conv.outChannels]).toEqual([2, 2]);
  });

  test('become ordinary layers whose parameters are the objects that they were', () => {
    const layer = new LazyLinear(2);
    const { weight, bias } = layer;
    expect([weight, bias].every((parameter) => parameter instanceof UninitializedParameter)).toBe(true);
    layer.forward(ones([4, 3]));
    expect(layer).not.toBeInstanceOf(LazyLinear);
    expect(layer.toString()).toBe('Linear(3, 2, bias=true)');
    expect(layer.weight).toBe(weight);
    expect(weight).not.toBeInstanceOf(UninitializedParameter);
    expect(weight).toBeInstanceOf(Parameter);
    expect([weight.shape, bias?.shape]).toEqual([[2, 3], [2]]);
    expect(() => layer.forward(ones([4, 5]))).toThrow(ShapeError);
  });

  test('with a hook, which goes on', () => {
    const layer = new LazyLinear(2, { bias: false });
    let calls = 0;
    registerForwardHook(layer, () => void calls++);
    for (let i = 0; i < 2; i++) layer.forward(ones([1, 3]));
    expect([calls, layer.bias]).toEqual([2, null]);
  });

  test('take shapes and values from a state dict, and are not drawn anew then', () => {
    const trained = new Linear(3, 2);
    const model = new Sequential(new LazyLinear(2));
    model.loadStateDict(new Sequential(trained).stateDict());
    const x = ones([1, 3]);
    expect(toArraySync(model.forward(x))).toEqual(toArraySync(trained.forward(x)));
  });

  test('copies are lazy too', () => {
    const copy = deepCopy(new LazyConv2d(4, 3, { groups: 2, bias: false }));
    expect(copy.weight).toBeInstanceOf(UninitializedParameter);
    copy.forward(zeros([1, 6, 4, 4]));
    expect(copy.weight.shape).toEqual([4, 3, 3, 3]);
  });

  test('find the channels with and without a batch', () => {
    const [conv, norm] = [new LazyConv1d(2, 3), new LazyInstanceNorm1d({ affine: true })];
    conv.forward(zeros([5, 4]));
    norm.forward(ones([5, 4]));
    expect([conv.weight.shape, norm.weight?.shape]).toEqual([[2, 5, 3], [5]]);
    expect(() => new LazyConv1d(2, 3).forward(zeros([1, 1, 5, 4]))).toThrow(
      'LazyConv1d: expected 2 or 3 axes, got [1, 1, 5, 4]',
    );
  });

  test('batch norm begins with weights of 1 and statistics of a standard normal', () => {
    const norm = new LazyBatchNorm2d().eval() as LazyBatchNorm2d;
    norm.forward(zeros([1, 2, 1, 1]));
    const state = Array.from(norm.stateDict(), ([name, x]) => [name, toArraySync(x)]);
    expect(Object.fromEntries(state)).toEqual({
      ...{ weight: [1, 1], bias: [0, 0], running_mean: [0, 0], running_var: [1, 1], num_batches_tracked: 0 },
    });
  });
});
