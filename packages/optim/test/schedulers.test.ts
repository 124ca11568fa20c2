import { HostBackend, use } from '@gradus/backend';
import { zeros } from '@gradus/tensor';
import { beforeAll, expect, test } from 'vitest';
import { CosineAnnealingLR, type LRScheduler, SGD, StepLR } from '../src/index.ts';

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

test('goes on from its state', () => {
  const make = (optimizer: SGD) => new CosineAnnealingLR(optimizer, 5, { etaMin: 0.1 });
  const straight = rates(make(sgd(1)), 8);
  const first = sgd(1);
  const before = make(first);
  const start = rates(before, 3);
  const second = sgd(7);
  const after = make(second);
  second.loadStateDict(first.stateDict());
  after.loadStateDict(before.stateDict());
  expectNumbers([...start, ...rates(after, 5)], straight);
});
