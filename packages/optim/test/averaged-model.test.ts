import { HostBackend, use } from '@gradus/backend';
import { dataSync, type Tensor, zeros } from '@gradus/tensor';
import { beforeAll, expect, test } from 'vitest';
import { type Averageable, AveragedModel, emaWeight } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

/** One parameter and one buffer. */
class Model implements Averageable {
  readonly weight = zeros([1]);
  readonly mean = zeros([1]);

  namedParameters() {
    return [['weight', this.weight] as const];
  }

  namedBuffers() {
    return [['mean', this.mean] as const];
  }

  stateDict() {
    return new Map([...this.namedParameters(), ...this.namedBuffers()]);
  }

  loadStateDict(state: ReadonlyMap<string, Tensor>) {
    for (const [name, target] of this.stateDict()) target.copy_(state.get(name) as Tensor);
  }
}

function set(model: Model, value: number): void {
  model.weight.fill_(value);
  model.mean.fill_(10 * value);
}

function first(x: Tensor): number {
  return dataSync(x)[0] as number;
}

test('the mean of all weights; buffers are the latest', () => {
  const model = new Model();
  const averaged = new AveragedModel(model, new Model());
  for (const value of [1, 2, 6]) {
    set(model, value);
    averaged.updateParameters(model);
  }
  expect(first(averaged.module.weight)).toBeCloseTo(3, 6);
  expect(first(averaged.module.mean)).toBe(60);
  expect([...averaged.stateDict().keys()].slice(0, 2)).toEqual(['n_averaged', 'module.weight']);
  const again = new AveragedModel(model, new Model());
  again.loadStateDict(averaged.stateDict());
  expect(again.nAveraged).toBe(3);
  expect(first(again.module.weight)).toBeCloseTo(3, 6);
});

test('an exponential moving average, of buffers too', () => {
  const model = new Model();
  const averaged = new AveragedModel(model, new Model(), { weight: emaWeight(0.75), useBuffers: true });
  for (const value of [4, 8]) {
    set(model, value);
    averaged.updateParameters(model);
  }
  expect(first(averaged.module.weight)).toBe(0.75 * 4 + 0.25 * 8);
  expect(first(averaged.module.mean)).toBe(0.75 * 40 + 0.25 * 80);
  expect(() => emaWeight(2)).toThrow('emaWeight: decay must be in [0, 1], got 2');
});
