import { HostBackend, use } from '@gradus/backend';
import { dataSync, type Tensor, tensor, zeros } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Adam,
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LRScheduler,
  MultiplicativeLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  SequentialLR,
  SGD,
  StepLR,
  SWALR,
} from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's.

beforeAll(() => use(new HostBackend('host')));

function sgd(...rates: readonly number[]): SGD {
  return new SGD(rates.map((lr) => ({ params: [zeros([1], { requiresGrad: true })], lr })));
}

/** The first group's rate after each of some steps. */
function rates(scheduler: LRScheduler, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    scheduler.step();
    return scheduler.getLastLr()[0] as number;
  });
}

function expectNumbers(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 12);
}

test('StepLR', () => {
  expectNumbers(rates(new StepLR(sgd(1), 2), 5), [1, 0.1, 0.1, 0.01, 0.01]);
  expectNumbers(rates(new StepLR(sgd(1), 1, { gamma: 0.5 }), 3), [0.5, 0.25, 0.125]);
});

test('CosineAnnealingLR goes down and up again', () => {
  const first = [0.882842712474619, 0.6, 0.3171572875253811, 0.2, 0.31715728752538097, 0.6, 0.8828427124746192, 1];
  expectNumbers(rates(new CosineAnnealingLR(sgd(1), 4, { etaMin: 0.2 }), 9), [...first, 0.8828427124746192]);
});

test('every group has its own rate, and keeps changes made from outside', () => {
  const optimizer = sgd(1, 0.5);
  const scheduler = new StepLR(optimizer, 1);
  scheduler.step();
  expect(scheduler.getLastLr()).toEqual([0.1, 0.05]);
  (optimizer.paramGroups[0] as { lr: number }).lr = 4;
  scheduler.step();
  expectNumbers(scheduler.getLastLr(), [0.4, 0.005]);
});

const makers: readonly [string, (optimizer: SGD) => LRScheduler][] = [
  ['LambdaLR', (o) => new LambdaLR(o, (epoch) => 0.9 ** epoch)],
  ['MultiplicativeLR', (o) => new MultiplicativeLR(o, () => 0.9)],
  ['StepLR', (o) => new StepLR(o, 2)],
  ['MultiStepLR', (o) => new MultiStepLR(o, [5, 2, 5], { gamma: 0.5 })],
  ['ConstantLR', (o) => new ConstantLR(o, { totalIters: 6 })],
  ['LinearLR', (o) => new LinearLR(o, { totalIters: 8 })],
  ['ExponentialLR', (o) => new ExponentialLR(o, 0.9)],
  ['PolynomialLR', (o) => new PolynomialLR(o, { totalIters: 9, power: 2 })],
  ['CosineAnnealingLR', (o) => new CosineAnnealingLR(o, 5, { etaMin: 0.1 })],
  ['CosineAnnealingWarmRestarts', (o) => new CosineAnnealingWarmRestarts(o, 2, { tMult: 2 })],
  ['CyclicLR', (o) => new CyclicLR(o, 0.1, 1, { stepSizeUp: 3, mode: 'triangular2' })],
  ['OneCycleLR', (o) => new OneCycleLR(o, 1, { totalSteps: 20, threePhase: true })],
  ['SWALR', (o) => new SWALR(o, 0.05, { annealEpochs: 6 })],
  ['SequentialLR', (o) => new SequentialLR(o, [new LinearLR(o), new StepLR(o, 1)], [5])],
  ['ChainedScheduler', (o) => new ChainedScheduler([new ConstantLR(o), new ExponentialLR(o, 0.9)])],
];

test.each(makers)('%s goes on from its state, which is plain data', (_, make) => {
  const straight = sgd(1);
  const all = rates(make(straight), 10);
  const first = sgd(1);
  const before = make(first);
  const start = rates(before, 4);
  const second = sgd(1);
  const after = make(second);
  second.loadStateDict(first.stateDict());
  after.loadStateDict(JSON.parse(JSON.stringify(before.stateDict())));
  expect(after.getLastLr()).toEqual(before.getLastLr());
  expectNumbers([...start, ...rates(after, 6)], all);
  expect(second.paramGroups[0]?.momentum).toBe(straight.paramGroups[0]?.momentum);
});

test('state dicts have the names of PyTorch', () => {
  const state = new CosineAnnealingLR(sgd(1), 5).stateDict();
  expect(state).toEqual({ last_epoch: 0, base_lrs: [1], T_max: 5, eta_min: 0, _step_count: 1, _last_lr: [1] });
});

test('SWALR', () => {
  const cosine = [0.4340990257669732, 0.275, 0.11590097423302682, 0.05, 0.05];
  expectNumbers(rates(new SWALR(sgd(0.5), 0.05, { annealEpochs: 4 }), 5), cosine);
  const line = rates(new SWALR(sgd(0.5), 0.05, { annealEpochs: 3, annealStrategy: 'linear' }), 4);
  expectNumbers(line, [0.35000000000000003, 0.2, 0.05, 0.05]);
});

test('CosineAnnealingWarmRestarts takes parts of epochs', () => {
  const scheduler = new CosineAnnealingWarmRestarts(sgd(1), 2, { tMult: 2 });
  const at = (epoch: number): number => {
    scheduler.step(epoch);
    return scheduler.getLastLr()[0] as number;
  };
  // 2.5 is an eighth of the second period, of 4 epochs.
  expectNumbers([0.5, 1, 2, 2.5].map(at), [0.8535533905932737, 0.5, 1, 0.9619397662556434]);
});

describe('a learning rate in a 0-d tensor', () => {
  test('is written in place, and what others write to it counts', () => {
    const lr = tensor(1, { dtype: 'float64' });
    const optimizer = new SGD([zeros([1], { requiresGrad: true })], { lr });
    const scheduler = new ExponentialLR(optimizer, 0.5);
    scheduler.step();
    expect(optimizer.paramGroups[0]?.lr).toBe(lr);
    expect(dataSync(lr)[0]).toBe(0.5);
    lr.fill_(8);
    scheduler.step();
    expect(dataSync(lr)[0]).toBe(4);
    expect(scheduler.getLastLr()).toEqual([4]);
  });

  test('so is a momentum', () => {
    const momentum = tensor(0.5, { dtype: 'float64' });
    const optimizer = new SGD([zeros([1], { requiresGrad: true })], { lr: 1, momentum });
    new CyclicLR(optimizer, 0.1, 1, { stepSizeUp: 2, baseMomentum: 0.5, maxMomentum: 0.75 }).step();
    expect((optimizer.paramGroups[0]?.momentum as Tensor) === momentum).toBe(true);
    expect(dataSync(momentum)[0]).toBe(0.625);
  });
});

test('OneCycleLR cycles the first of the betas where there is no momentum', () => {
  const optimizer = new Adam([zeros([1], { requiresGrad: true })]);
  new OneCycleLR(optimizer, 0.1, { totalSteps: 10 });
  expect(optimizer.paramGroups[0]?.betas).toEqual([0.95, 0.999]);
});

test('ReduceLROnPlateau goes on from its state', () => {
  const metrics = [1, 0.9, 0.95, 0.92, 0.91, 0.93, 0.94, 0.95];
  const run = (scheduler: ReduceLROnPlateau, values: readonly number[]): number[] =>
    values.map((metric) => {
      scheduler.step(metric);
      return scheduler.getLastLr()[0] as number;
    });
  const options = { patience: 1, factor: 0.5, cooldown: 1 };
  const all = run(new ReduceLROnPlateau(sgd(1), options), metrics);
  const first = sgd(1);
  const before = new ReduceLROnPlateau(first, options);
  const start = run(before, metrics.slice(0, 4));
  const second = sgd(1);
  const after = new ReduceLROnPlateau(second);
  second.loadStateDict(first.stateDict());
  after.loadStateDict(before.stateDict());
  expectNumbers([...start, ...run(after, metrics.slice(4))], all);
  expect(all.at(-1)).toBeLessThan(1);
});

test('options out of range are refused', () => {
  expect(() => new ConstantLR(sgd(1), { factor: 2 })).toThrow('ConstantLR: factor must be in [0, 1], got 2');
  expect(() => new OneCycleLR(sgd(1), 1)).toThrow('OneCycleLR: give totalSteps, or epochs and stepsPerEpoch');
  const fresh = new SGD([zeros([1], { requiresGrad: true })]);
  expect(() => new StepLR(fresh, 1, { lastEpoch: 3 })).toThrow('StepLR: group 0 needs its initialLr');
  expect(() => new LambdaLR(sgd(1), [() => 1, () => 1])).toThrow('LambdaLR: 2 values for 1 groups');
  expect(() => new ReduceLROnPlateau(sgd(1), { factor: 1 })).toThrow('ReduceLROnPlateau: factor must be below 1');
  const optimizer = sgd(1);
  expect(() => new SequentialLR(optimizer, [new StepLR(optimizer, 1)], [3])).toThrow('1 schedulers and 1 milestones');
  expect(() => new ChainedScheduler([new StepLR(sgd(1), 1), new StepLR(sgd(1), 1)])).toThrow('of one optimizer');
});
