import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { arange, manualSeed, ones, type Tensor, toArraySync } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ConvTranspose2d,
  deepCopy,
  getParameter,
  isParametrized,
  Linear,
  Module,
  registerParametrization,
  removeParametrizations,
  removeWeightNorm,
  spectralNorm,
  weightNorm,
} from '../src/index.ts';
import { expectNumbers, expectState, recorded } from './recorded/recorded.ts';

beforeAll(() => use(new HostBackend('host')));

const input = (): Tensor => arange(6).reshape([2, 3]).div(5);
const namesOf = (module: Linear): string[] => [...module.stateDict().keys()];

describe('weightNorm', () => {
  test.each([
    [0, recorded.weight_norm_0],
    [1, recorded.weight_norm_1],
    [null, recorded.weight_norm_None],
  ])('state, output and gradients of PyTorch, dim %s', (dim, expected) => {
    manualSeed(1);
    const layer = weightNorm(new Linear(3, 2), 'weight', dim);
    const output = layer.forward(input());
    output.pow(2).sum().backward();
    expectState(layer, expected.state);
    expectNumbers(output, expected.output);
    expectNumbers(getParameter(layer, 'weight_g').grad, expected.g);
    expectNumbers(getParameter(layer, 'weight_v').grad, expected.v);
  });

  test('can be removed: the weight keeps its value', () => {
    const layer = weightNorm(new Linear(3, 2));
    getParameter(layer, 'weight_g').detach().mul_(2);
    const before = toArraySync(layer.forward(input()));
    removeWeightNorm(layer);
    expect(namesOf(layer)).toEqual(['bias', 'weight']);
    expect(toArraySync(layer.forward(input()))).toEqual(before);
    expect(() => removeWeightNorm(layer)).toThrow("removeWeightNorm: 'weight' of Linear has no weight normalisation");
    expect(() => weightNorm(layer, 'kernel')).toThrow("weightNorm: Linear has no parameter 'kernel'");
  });
});

describe('spectralNorm', () => {
  test('state, outputs in training and evaluation, and gradient of PyTorch', () => {
    manualSeed(2);
    const layer = spectralNorm(new Linear(3, 2));
    const outputs = [layer.forward(input()), layer.forward(input())];
    outputs[1]?.pow(2).sum().backward();
    outputs.push(layer.eval().forward(input()));
    expectState(layer, recorded.spectral_norm.state);
    for (const [i, output] of outputs.entries()) expectNumbers(output, recorded.spectral_norm.outputs[i] ?? []);
    expectNumbers(getParameter(layer, 'parametrizations.weight.original').grad, recorded.spectral_norm.gradient);
  });

  test('of a transposed convolution: along its outputs', () => {
    manualSeed(2);
    expectState(
      spectralNorm(new ConvTranspose2d(3, 2, 2), 'weight', { nPowerIterations: 2 }),
      recorded.spectral_norm_transposed.state,
    );
  });

  test('refuses what makes no sense', () => {
    expect(() => spectralNorm(new Linear(3, 2), 'weight', { nPowerIterations: 0 })).toThrow(ArgumentError);
    expect(() => spectralNorm(new Linear(3, 2), 'weight', { dim: 2 })).toThrow('spectralNorm: no axis 2 in [2, 3]');
  });
});

class Symmetric extends Module {
  override forward(x: Tensor): Tensor {
    return x.triu().add(x.triu({ diagonal: 1 }).mT);
  }

  rightInverse(x: Tensor): Tensor {
    return x.triu();
  }
}

class Doubled extends Module {
  override forward(x: Tensor): Tensor {
    return x.mul(2);
  }

  rightInverse(x: Tensor): Tensor {
    return x.div(2);
  }
}

describe('registerParametrization', () => {
  test('the weight is computed, assigned and trained through what it is computed from', () => {
    const layer = new Linear(2, 2);
    const { weight } = layer;
    registerParametrization(layer, 'weight', new Symmetric());
    expect(namesOf(layer)).toEqual(['bias', 'parametrizations.weight.original']);
    expect(getParameter(layer, 'parametrizations.weight.original')).toBe(weight);
    expect(toArraySync(layer.weight)).toEqual(toArraySync(layer.weight.mT));
    Object.assign(layer, { weight: ones([2, 2]) });
    expect(toArraySync(layer.weight)).toEqual([
      [1, 1],
      [1, 1],
    ]);
    layer.weight.sum().backward();
    expect(weight.grad && toArraySync(weight.grad)).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });

  test('several are computed one from the other', () => {
    const layer = new Linear(2, 2);
    registerParametrization(layer, 'weight', new Symmetric());
    const before = toArraySync(layer.weight);
    registerParametrization(layer, 'weight', new Doubled());
    expect(toArraySync(layer.weight.div(2))).toEqual(before);
    Object.assign(layer, { weight: ones([2, 2]) });
    expect(toArraySync(layer.weight.sum())).toBe(4);
    expect([isParametrized(layer), isParametrized(layer, 'weight'), isParametrized(layer, 'bias')]).toEqual([
      ...[true, true, false],
    ]);
  });

  test('can be removed, with the value or with the original', () => {
    const layer = new Linear(2, 2);
    const original = toArraySync(layer.weight);
    registerParametrization(layer, 'weight', new Doubled());
    registerParametrization(layer, 'bias', new Doubled());
    removeParametrizations(layer, 'weight');
    expect(toArraySync(layer.weight)).toEqual(original);
    removeParametrizations(layer, 'bias', { leaveParametrized: false });
    expect(namesOf(layer)).toEqual(['weight', 'bias']);
    expect(() => removeParametrizations(layer, 'weight')).toThrow("'weight' has no parametrization");
  });

  test('must keep the shape', () => {
    class Flat extends Module {
      override forward(x: Tensor): Tensor {
        return x.flatten();
      }
    }
    const layer = new Linear(2, 3);
    expect(() => registerParametrization(layer, 'weight', new Flat())).toThrow(ShapeError);
    expect(namesOf(layer)).toEqual(['weight', 'bias']);
  });

  test('a copy computes from parameters of its own', () => {
    const layer = new Linear(2, 2);
    registerParametrization(layer, 'weight', new Doubled());
    const copy = deepCopy(layer);
    getParameter(copy, 'parametrizations.weight.original').detach().zero_();
    expect(toArraySync(copy.weight.abs().sum())).toBe(0);
    expect(toArraySync(layer.weight.abs().sum())).not.toBe(0);
  });
});
