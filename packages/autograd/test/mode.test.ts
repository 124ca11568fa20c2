import { AutogradError } from '@gradus/storage';
import { tensor, zeros } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import {
  enableGrad,
  inferenceMode,
  isGradEnabled,
  isInference,
  isInferenceMode,
  noGrad,
  setGradEnabled,
} from '../src/index.ts';
import { leaf } from './setup.ts';

describe('modes', () => {
  it('noGrad records nothing and nests', () => {
    const x = leaf([2]);
    const y = noGrad(() => {
      expect(enableGrad(() => x.mul(2)).requiresGrad).toBe(true);
      return x.mul(2);
    });
    expect(y.requiresGrad).toBe(false);
    expect(isGradEnabled()).toBe(true);
  });

  it('refuse a callback that returns a promise, and are switched back', async () => {
    for (const mode of [noGrad, enableGrad, inferenceMode]) {
      expect(() => mode(async () => 1)).toThrow(/promise/);
      // One that rejects is no unhandled rejection.
      expect(() => mode(() => Promise.reject(new Error('later')))).toThrow(/promise/);
      expect([isGradEnabled(), isInferenceMode()]).toEqual([true, false]);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(isGradEnabled()).toBe(true);
  });

  it('are switched back after an error, in nested scopes too', () => {
    const fail = (): never => {
      throw new Error('inside');
    };
    noGrad(() => {
      expect(() => enableGrad(fail)).toThrow('inside');
      expect(isGradEnabled()).toBe(false);
      expect(() => inferenceMode(fail)).toThrow('inside');
      expect(isInferenceMode()).toBe(false);
    });
    expect(isGradEnabled()).toBe(true);
  });

  it('setGradEnabled switches until the scope around ends', () => {
    noGrad(() => {
      setGradEnabled(true);
      expect(leaf([1]).mul(2).requiresGrad).toBe(true);
    });
    setGradEnabled(false);
    expect(leaf([1]).mul(2).requiresGrad).toBe(false);
    setGradEnabled(true);
  });

  it('detach shares memory and version, and drops the history', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    const z = y.mul(y);
    const detached = y.detach();
    expect([detached.requiresGrad, detached.isLeaf]).toEqual([false, true]);
    detached.add_(1);
    expect(() => z.sum().backward()).toThrow(/modified in place/);
  });

  it('only float tensors can require grad', () => {
    expect(() => tensor([1, 2], { dtype: 'int32', requiresGrad: true })).toThrow(/only float/);
  });
});

describe('inferenceMode', () => {
  const w = leaf([2]);

  it('makes inference tensors, of which views are some and results outside are none', () => {
    const x = inferenceMode(() => w.mul(2));
    expect([isInference(x), x.requiresGrad, isInference(w)]).toEqual([true, false, false]);
    expect([x.add(1), x.reshape([2, 1]), x.clone(), x.detach()].map(isInference)).toEqual([false, true, false, true]);
    expect(inferenceMode(() => isInference(w.reshape([2, 1])))).toBe(false);
  });

  it('records nothing, in enableGrad neither, until it is switched off', () => {
    inferenceMode(() => {
      expect(isInferenceMode()).toBe(true);
      expect(enableGrad(() => w.mul(2)).requiresGrad).toBe(false);
      const recorded = inferenceMode(() => w.mul(2), false);
      expect([recorded.requiresGrad, isInference(recorded)]).toEqual([true, false]);
    });
    expect(w.mul(2).requiresGrad).toBe(true);
  });

  it('its tensors are never saved for backward, nor written in place outside', () => {
    const x = inferenceMode(() => zeros([2], { dtype: 'float64' }));
    expect(() => x.mul(w)).toThrow(/mul: an inference tensor of shape \[2\] can't be saved/);
    x.add(w).sum().backward();
    expect(() => x.add_(1)).toThrow(/add_: an inference tensor, \[2\].* outside of inferenceMode/);
    inferenceMode(() => x.add_(1));
    x.clone().mul(w).sum().backward();
  });

  it('its tensors require grad only inside, and their clones everywhere', () => {
    const x = inferenceMode(() => zeros([2]));
    expect(() => x.setRequiresGrad()).toThrow(AutogradError);
    expect(() => x.setRequiresGrad()).toThrow(/requiresGrad: an inference tensor, \[2\].*; clone it first/);
    expect(() => x.setRequiresGrad(false)).not.toThrow();
    expect(inferenceMode(() => x.setRequiresGrad().requiresGrad)).toBe(true);
    expect(x.clone().detach().setRequiresGrad().requiresGrad).toBe(true);
  });

  it('ordinary tensors may be written in it, and count versions', () => {
    const y = w.mul(1);
    const z = y.mul(y);
    inferenceMode(() => y.add_(1));
    expect(() => z.sum().backward()).toThrow(/version 1, expected 0/);
    const own = leaf([1]);
    inferenceMode(() => own.add_(1));
  });
});
