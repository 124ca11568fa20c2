import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { dataSync, type Tensor, tensor } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { Adam, AdamW, type AnyOptimizer, type OptimizerStateDict, RMSprop, SGD } from '../src/index.ts';
import { descend, expectNumbers, leaf } from './numbers.ts';

// Expected numbers are PyTorch 1.13.1's.

beforeAll(() => use(new HostBackend('host')));

describe('steps', () => {
  test('Adam', () => {
    const x = leaf([1, -2, 3]);
    descend(new Adam([x], { lr: 0.1 }), x, 4);
    expectNumbers(x, [0.6039390605737459, -1.6015048952894209, 2.6009135310557854]);
  });

  test('parameters without a gradient stay, and so does their count of steps', () => {
    const [x, idle] = [leaf([1]), leaf([5])];
    const optimizer = new Adam([idle, x], { lr: 0.1 });
    descend(optimizer, x, 2);
    expectNumbers(idle, [5]);
    expect(optimizer.state.has(idle)).toBe(false);
    expect(optimizer.state.get(x)?.step).toBe(2);
  });

  test('a closure is evaluated first, and its loss returned', async () => {
    const x = leaf([2]);
    const optimizer = new SGD([x], { lr: 0.25 });
    const loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = x.square().sum();
      loss.backward();
      return loss;
    });
    expect(await loss?.item()).toBe(4);
    expectNumbers(x, [1]);
    expect(new SGD([x], { lr: 1 }).step()).toBeNull();
  });

  test('zeroGrad drops all gradients', () => {
    const x = leaf([2]);
    const optimizer = new SGD([x], { lr: 1 });
    x.square().sum().backward();
    expect(x.grad).not.toBeNull();
    optimizer.zeroGrad();
    expect(x.grad).toBeNull();
  });
});

describe('parameter groups', () => {
  test('override the options that they give, and have the defaults of the rest', () => {
    const [slow, fast] = [leaf([1]), leaf([1])];
    const optimizer = new SGD([{ params: [slow], lr: 0.1 }, { params: [fast] }], { lr: 0.25, weightDecay: 2 });
    expect(optimizer.paramGroups.map(({ lr, weightDecay }) => [lr, weightDecay])).toEqual([
      [0.1, 2],
      [0.25, 2],
    ]);
    slow.square().sum().add(fast.square().sum()).backward();
    optimizer.step();
    expectNumbers(slow, [1 - 0.1 * 4]);
    expectNumbers(fast, [1 - 0.25 * 4]);
  });

  test('may be added later and changed at any time', () => {
    const [x, unfrozen] = [leaf([1]), leaf([1])];
    const optimizer = new SGD([x], { lr: 0.1 });
    optimizer.addParamGroup({ params: [unfrozen], lr: 0.5 });
    for (const group of optimizer.paramGroups) group.lr = 0.05;
    descend(optimizer, unfrozen, 1);
    expectNumbers(unfrozen, [0.9]);
    expectNumbers(x, [1]);
  });

  test('refuse what can not be optimized', () => {
    const x = leaf([1]);
    expect(() => new SGD([])).toThrow(ArgumentError);
    expect(() => new SGD([x, x])).toThrow('twice');
    expect(() => new SGD([x]).addParamGroup({ params: [x] })).toThrow('twice');
    expect(() => new SGD([x.mul(2)])).toThrow('only leaves');
  });
});

test('options out of range are refused, also in groups', () => {
  const x = leaf([1]);
  expect(() => new SGD([x], { lr: -1 })).toThrow('SGD: lr must be in [0, Infinity), got -1');
  expect(() => new SGD([x], { momentum: Number.NaN })).toThrow(ArgumentError);
  expect(() => new SGD([x], { nesterov: true })).toThrow('nesterov needs a momentum');
  expect(() => new Adam([x], { betas: [0.9, 1] })).toThrow('Adam: betas[1] must be in [0, 1), got 1');
  expect(() => new AdamW([{ params: [x], eps: -1 }])).toThrow('AdamW: eps');
  expect(() => new RMSprop([x], { alpha: -0.5 })).toThrow('RMSprop: alpha');
});

describe('state', () => {
  const makers: readonly [string, (x: Tensor) => AnyOptimizer][] = [
    ['SGD with momentum', (x) => new SGD([x], { lr: 0.05, momentum: 0.9, dampening: 0.1 })],
    ['Adam', (x) => new Adam([x], { lr: 0.1, amsgrad: true })],
    ['AdamW', (x) => new AdamW([x], { lr: 0.1 })],
    ['RMSprop', (x) => new RMSprop([x], { lr: 0.1, momentum: 0.5, centered: true })],
  ];

  test.each(makers)('%s goes on where it stopped', (_, make) => {
    const straight = leaf([1, -2, 3]);
    descend(make(straight), straight, 6);
    const before = leaf([1, -2, 3]);
    const first = make(before);
    descend(first, before, 3);
    const after = before.detach().clone().setRequiresGrad();
    const second = make(after);
    second.loadStateDict(first.stateDict());
    descend(second, after, 3);
    expectNumbers(after, [...dataSync(straight)]);
  });

  test('has the arrangement of PyTorch: options by group, parameters by number', () => {
    const [a, b, c] = [leaf([1]), leaf([2]), leaf([3])];
    const optimizer = new Adam([{ params: [a, b], lr: 0.5 }, { params: [c] }]);
    descend(optimizer, c, 2);
    const { state, param_groups } = optimizer.stateDict();
    expect(param_groups.map(({ params, lr, betas }) => ({ params, lr, betas }))).toEqual([
      { params: [0, 1], lr: 0.5, betas: [0.9, 0.999] },
      { params: [2], lr: 1e-3, betas: [0.9, 0.999] },
    ]);
    expect(Object.keys(state)).toEqual(['2']);
    expect(Object.keys(state[2] ?? {})).toEqual(['step', 'exp_avg', 'exp_avg_sq']);
    expect(state[2]?.step).toBe(2);
  });

  test('loading brings the options of groups too', () => {
    const x = leaf([1]);
    const saved = new SGD([x], { lr: 0.3, momentum: 0.9 }).stateDict();
    const optimizer = new SGD([x], { lr: 1 });
    optimizer.loadStateDict(saved);
    expect(optimizer.paramGroups).toMatchObject([{ lr: 0.3, momentum: 0.9, params: [x] }]);
  });

  test('what is loaded is a copy in the dtype of the parameter', () => {
    const x = leaf([1]);
    const optimizer = new Adam([x]);
    const mean = tensor([0.5], { dtype: 'float32' });
    const dict: OptimizerStateDict = {
      state: { 0: { step: 7, exp_avg: mean, exp_avg_sq: tensor([0.25], { dtype: 'float32' }) } },
      param_groups: [{ params: [0], lr: 0.5 }],
    };
    optimizer.loadStateDict(dict);
    descend(optimizer, x, 1);
    expect(optimizer.state.get(x)).toMatchObject({ step: 8, exp_avg: { dtype: 'float64' } });
    expectNumbers(mean, [0.5]);
  });

  test('of other groups is refused', () => {
    const saved = new SGD([leaf([1]), leaf([2])]).stateDict();
    expect(() => new SGD([leaf([1])]).loadStateDict(saved)).toThrow('groups of 2 parameters');
  });
});
