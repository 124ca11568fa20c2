import '@gradus/autograd';
import { type Capabilities, HostBackend, use } from '@gradus/backend';
import { dataSync, scope, type Tensor, tensor } from '@gradus/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { Adam, GradScaler, SGD } from '../src/index.ts';

/** Reads like a device: not without waiting. */
class Waiting extends HostBackend {
  override readonly capabilities: Capabilities = { ...new HostBackend('host').capabilities, syncRead: false };
}

function parameter(...values: number[]): Tensor {
  return tensor(values, { requiresGrad: true });
}

describe.each([
  ['that reads at once', () => new HostBackend('host')],
  ['that has to be waited for', () => new Waiting('waiting')],
])('on a backend %s', (_, make) => {
  beforeEach(() => use(make()));

  /** One step down the sum of squares, times a factor. */
  function step(scaler: GradScaler, optimizer: Adam | SGD, x: Tensor, factor = 1): void {
    scope(() => {
      optimizer.zeroGrad();
      scaler.scale(x.square().sum().mul(factor)).backward();
      scaler.step(optimizer);
      scaler.update();
    });
  }

  test('steps are those without scaling', () => {
    const [x, y] = [parameter(1, -2), parameter(1, -2)];
    step(new GradScaler(), new SGD([x], { lr: 0.25 }), x);
    const plain = new SGD([y], { lr: 0.25 });
    y.square().sum().backward();
    plain.step();
    expect([...dataSync(x)]).toEqual([...dataSync(y)]);
  });

  test('an infinite gradient changes neither parameters nor state, and halves the scale', async () => {
    const x = parameter(1, -2);
    const optimizer = new Adam([x], { lr: 0.1 });
    const scaler = new GradScaler({ initScale: 1024 });
    step(scaler, optimizer, x);
    const before = [...dataSync(x)];
    const mean = [...dataSync(optimizer.state.get(x)?.exp_avg as Tensor)];
    step(scaler, optimizer, x, Infinity);
    await Promise.resolve().then(() => new Promise((resolve) => setTimeout(resolve)));
    expect([...dataSync(x)]).toEqual(before);
    expect([...dataSync(optimizer.state.get(x)?.exp_avg as Tensor)]).toEqual(mean);
    expect(optimizer.state.get(x)?.step).toBe(1);
    expect(await scaler.getScale()).toBe(512);
    step(scaler, optimizer, x);
    const other = parameter(1, -2);
    const reference = new Adam([other], { lr: 0.1 });
    for (let i = 0; i < 2; i++) {
      reference.zeroGrad();
      other.square().sum().backward();
      reference.step();
    }
    for (const [i, value] of dataSync(other).entries()) expect(dataSync(x)[i]).toBeCloseTo(value, 6);
  });

  // PyTorch 1.13.1's scales and trackers for the same run of finite and infinite gradients.
  test('the scale grows after an interval of finite steps', async () => {
    const x = parameter(1);
    const optimizer = new SGD([x], { lr: 0 });
    const scaler = new GradScaler({ initScale: 8, growthFactor: 4, backoffFactor: 0.25, growthInterval: 2 });
    const seen: [number, number][] = [];
    for (const factor of [1, 1, 1, NaN, 1, 1]) {
      step(scaler, optimizer, x, factor);
      const { scale, _growth_tracker } = await scaler.stateDict();
      seen.push([scale, _growth_tracker]);
    }
    expect(seen).toEqual([
      [8, 1],
      [32, 0],
      [32, 1],
      [8, 0],
      [8, 1],
      [32, 0],
    ]);
    const next = new GradScaler();
    next.loadStateDict(await scaler.stateDict());
    expect(await next.stateDict()).toEqual(await scaler.stateDict());
  });
});

test('unscaled gradients may be looked at, once', async () => {
  await use(new HostBackend('host'));
  const x = parameter(3);
  const optimizer = new SGD([x], { lr: 1 });
  const scaler = new GradScaler();
  scaler.scale(x.square().sum()).backward();
  scaler.unscale_(optimizer);
  expect([...dataSync(x.grad as Tensor)]).toEqual([6]);
  expect(() => scaler.unscale_(optimizer)).toThrow('GradScaler: unscale_ was called before');
  scaler.step(optimizer);
  expect([...dataSync(x)]).toEqual([-3]);
  expect(() => scaler.step(optimizer)).toThrow('GradScaler: step was called twice without update()');
  expect(() => new GradScaler().update()).toThrow('update() without a step');
  const off = new GradScaler({ enabled: false });
  expect(off.scale(x)).toBe(x);
  expect(off.getScaleSync()).toBe(1);
});
