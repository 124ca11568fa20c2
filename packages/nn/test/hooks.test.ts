import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { arange, manualSeed, ones, type Tensor, toArraySync } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Bilinear,
  type ForwardPreHook,
  Linear,
  LSTM,
  Module,
  ReLU,
  registerForwardHook,
  registerForwardPreHook,
  registerFullBackwardHook,
  registerFullBackwardPreHook,
  Sequential,
  Tanh,
} from '../src/index.ts';
import { expectNumbers, recorded } from './recorded/recorded.ts';

beforeAll(() => use(new HostBackend('host')));

const input = (): Tensor => arange(6).reshape([2, 3]).div(5);

class Doubling extends Module {
  override forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}

describe('forward hooks', () => {
  test('run in the order of their registration, before and after forward, inside of containers too', () => {
    const layer = new Doubling();
    const model = new Sequential(layer, new ReLU());
    const calls: string[] = [];
    const note = (name: string) => (): undefined => void calls.push(name);
    registerForwardHook(layer, note('after 1'));
    registerForwardPreHook(layer, note('before 1'));
    registerForwardHook(layer, note('after 2'));
    registerForwardPreHook(layer, note('before 2'));
    registerForwardHook(model, note('model'));
    model.forward(ones([1]));
    expect(calls).toEqual(['before 1', 'before 2', 'after 1', 'after 2', 'model']);
  });

  test('what they return takes the place of inputs and output', () => {
    const layer = new Doubling();
    registerForwardPreHook(layer, (_, [x]) => [x.add(1)]);
    registerForwardHook(layer, (module, [x], output) => {
      expect(module).toBe(layer);
      expect(toArraySync(x)).toEqual([2]);
      return output.neg();
    });
    expect(toArraySync(layer.forward(ones([1])))).toEqual([-4]);
  });

  test('can be removed; without any the forward is that of the class', () => {
    const layer = new Doubling();
    const hook: ForwardPreHook<[input: Tensor]> = (_, [x]) => [x.add(1)];
    const removals = [registerForwardPreHook(layer, hook), registerForwardPreHook(layer, hook)];
    expect(toArraySync(layer.forward(ones([1])))).toEqual([6]);
    removals[0]?.();
    removals[0]?.();
    expect(toArraySync(layer.forward(ones([1])))).toEqual([4]);
    removals[1]?.();
    expect(toArraySync(layer.forward(ones([1])))).toEqual([2]);
    expect(Object.hasOwn(layer, 'forward')).toBe(false);
  });

  test("a forward of the module's own is called, and stands again afterwards", () => {
    const layer = new Doubling();
    const own = (x: Tensor): Tensor => x.mul(3);
    Object.assign(layer, { forward: own });
    const remove = registerForwardHook(layer, (_, __, output) => output.add(1));
    expect(toArraySync(layer.forward(ones([1])))).toEqual([4]);
    remove();
    expect(layer.forward).toBe(own);
  });

  test('a module with hooks has the members that it had', () => {
    const layer = new Linear(2, 2);
    registerForwardHook(layer, () => undefined);
    expect([...layer.stateDict().keys()]).toEqual(['weight', 'bias']);
  });
});

describe('backward hooks', () => {
  test('gradients of inputs and outputs, and their replacement, are those of PyTorch', () => {
    manualSeed(6);
    const [linear, tanh] = [new Linear(3, 2), new Tanh()];
    const seen: (Tensor | null | undefined)[] = [];
    registerFullBackwardHook(linear, (_, gradInput, gradOutput) => void seen.push(gradInput[0], gradOutput[0]));
    registerFullBackwardHook(tanh, (_, [grad]) => [grad?.mul(2) ?? null]);
    const leaf = input().setRequiresGrad();
    new Sequential(linear, tanh).forward(leaf).pow(2).sum().backward();
    const { seen: expected, leaf: ofLeaf, weight } = recorded.backward_hooks;
    for (const [i, numbers] of (expected[0] ?? []).entries()) expectNumbers(seen[i], numbers);
    expectNumbers(leaf.grad, ofLeaf);
    expectNumbers(linear.weight.grad, weight);
  });

  test('of several inputs at once', () => {
    manualSeed(7);
    const layer = new Bilinear(3, 3, 2);
    const seen: (Tensor | null)[] = [];
    registerFullBackwardHook(layer, (_, grads) => {
      seen.push(...grads);
      return [grads[0] ?? null, grads[1]?.mul(3) ?? null];
    });
    const [a, b] = [input().setRequiresGrad(), input().add(1).setRequiresGrad()];
    layer.forward(a, b).sum().backward();
    const expected = recorded.backward_hook_of_two;
    for (const [i, numbers] of expected.seen.entries()) expectNumbers(seen[i], numbers);
    expectNumbers(a.grad, expected.a);
    expectNumbers(b.grad, expected.b);
  });

  test('an input that wants no gradient is null, and the hook runs nevertheless', () => {
    const layer = new Doubling();
    const linear = new Linear(3, 3);
    const inner = new Sequential(linear, layer);
    const calls: string[] = [];
    registerFullBackwardPreHook(inner, () => void calls.push('pre'));
    registerFullBackwardHook(inner, (_, gradInput, gradOutput) => {
      calls.push('full');
      expect(gradInput).toEqual([null]);
      expect(gradOutput[0]?.shape).toEqual([2, 3]);
    });
    inner.forward(input()).sum().backward();
    expect(calls).toEqual(['pre', 'full']);
  });

  test('a pre-hook replaces the gradients that come in', () => {
    const layer = new Doubling();
    registerFullBackwardPreHook(layer, (_, [grad]) => [grad?.mul(10) ?? null]);
    const seen: unknown[] = [];
    registerFullBackwardHook(layer, (_, __, [grad]) => void seen.push(grad && toArraySync(grad)));
    const x = ones([2]).setRequiresGrad();
    layer.forward(x).sum().backward();
    expect(seen).toEqual([[10, 10]]);
    expect(x.grad && toArraySync(x.grad)).toEqual([20, 20]);
  });

  test('without a graph they are left out', () => {
    const layer = new Doubling();
    registerFullBackwardHook(layer, () => {
      throw new Error('called');
    });
    expect(toArraySync(layer.forward(ones([1])))).toEqual([2]);
  });

  test('results that are no list of tensors pass', () => {
    const lstm = new LSTM(3, 2);
    let calls = 0;
    registerFullBackwardHook(lstm, (_, gradInput, gradOutput) => {
      calls++;
      expect([gradInput.length, gradOutput.length]).toEqual([1, 2]);
      expect(gradOutput[1]).toBeNull();
    });
    const [output] = lstm.forward(ones([4, 1, 3]).setRequiresGrad());
    output.sum().backward();
    expect(calls).toBe(1);
  });
});
