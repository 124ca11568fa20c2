import type { Tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { detectAnomaly, Function, type FunctionContext, isAnomalyEnabled, setDetectAnomaly } from '../src/index.ts';
import { f64 } from './setup.ts';

class Broken extends Function {
  forward(_: FunctionContext, x: Tensor): Tensor {
    return x.mul(1);
  }

  backward(): (Tensor | null)[] {
    throw new Error('no gradient today');
  }
}

function userForward(x: Tensor): Tensor {
  return x.sqrt();
}

describe('detectAnomaly', () => {
  it('names the op that gave NaN, and the line of the program that called it', () => {
    const run = (): void => {
      const x = f64([0, 1], { requiresGrad: true });
      userForward(x)
        .mul(f64([0, 1]))
        .sum()
        .backward();
    };
    expect(() => detectAnomaly(run)).toThrow(/'sqrt' gave NaN as the gradient of its input 0, \[2\]/);
    expect(() => detectAnomaly(run)).toThrow(/called at\n\s+at userForward .*anomaly\.test\.ts/);
    run();
  });

  it('says where the op of an error was called, once', () => {
    const run = (): void => {
      const x = f64([1], { requiresGrad: true });
      detectAnomaly(() => Broken.apply(x).sum().backward());
    };
    expect(run).toThrow(/backward of 'Broken': no gradient today[\s\S]*at [\s\S]*anomaly\.test\.ts/);
  });

  it('explains errors of versions', () => {
    expect(() =>
      detectAnomaly(() => {
        const x = f64([1], { requiresGrad: true });
        const y = x.exp();
        y.add_(1);
        y.sum().backward();
      }),
    ).toThrow(/modified in place[\s\S]*called at[\s\S]*anomaly\.test\.ts/);
  });

  it('can leave NaN alone', () => {
    const x = f64([0], { requiresGrad: true });
    detectAnomaly(() => x.sqrt().mul(0).sum().backward(), { checkNan: false });
    expect(x.grad?.itemSync()).toBeNaN();
  });

  it('is a switch too, and is switched back', () => {
    setDetectAnomaly(true);
    expect(isAnomalyEnabled()).toBe(true);
    const x = f64([0], { requiresGrad: true });
    expect(() => x.sqrt().mul(0).sum().backward()).toThrow(/gave NaN/);
    setDetectAnomaly(false);
    expect(isAnomalyEnabled()).toBe(false);
    expect(() => detectAnomaly(async () => 1)).toThrow(/promise/);
    expect(isAnomalyEnabled()).toBe(false);
  });

  it('knows ops from before it was on by name only', () => {
    const y = f64([0], { requiresGrad: true }).sqrt().mul(0).sum();
    expect(() => detectAnomaly(() => y.backward())).toThrow(/'sqrt' gave NaN[\s\S]*before anomalies were looked for/);
  });
});
