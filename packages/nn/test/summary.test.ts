import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  Conv2d,
  Embedding,
  Flatten,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
  summary,
} from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

class Net extends Module {
  readonly features = new Sequential(new Conv2d(1, 6, 5), new ReLU(), new MaxPool2d(2));
  readonly flat = new Flatten();
  readonly fc = new Linear(864, 10);

  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.flat.forward(this.features.forward(x)));
  }
}

test('output shapes, parameters and multiply-adds of every module', () => {
  const net = new Net();
  net.fc.bias?.setRequiresGrad(false);
  const found = summary(net, [2, 1, 28, 28]);
  expect(found.rows.map(({ name, layer, outputShape }) => [name, layer, outputShape])).toEqual([
    ['', 'Net', [2, 10]],
    ['features', 'Sequential', [2, 6, 12, 12]],
    ['features.0', 'Conv2d', [2, 6, 24, 24]],
    ['features.1', 'ReLU', [2, 6, 24, 24]],
    ['features.2', 'MaxPool2d', [2, 6, 12, 12]],
    ['flat', 'Flatten', [2, 864]],
    ['fc', 'Linear', [2, 10]],
  ]);
  // As torchinfo counts: 156 parameters at 2 x 24 x 24 places, 8650 of 2 rows.
  expect([found.parameters, found.trainable, found.multiplyAdds]).toEqual([8806, 8796, 156 * 1152 + 8650 * 2]);
  expect([net.training, net.fc.training, Object.hasOwn(net.fc, 'forward')]).toEqual([true, true, false]);
});

test('as a table', () => {
  expect(String(summary(new Sequential(new Linear(3, 2), new ReLU()), [1, 3]))).toBe(
    [
      'layer        output shape  parameters  multiply-adds',
      '----------------------------------------------------',
      'Sequential   [1, 2]                 -              -',
      '  0: Linear  [1, 2]                 8              8',
      '  1: ReLU    [1, 2]                 -              -',
      '----------------------------------------------------',
      'parameters 8, trainable 8',
      'multiply-adds 8',
    ].join('\n'),
  );
});

test('shared parameters count once, results of several parts by their first tensor, int32 inputs', () => {
  class Tied extends Module {
    readonly emb = new Embedding(5, 4);
    readonly lstm = new LSTM(4, 4);
    readonly out = new Linear(4, 5, { bias: false });
    readonly unused = new Linear(1, 1);

    constructor() {
      super();
      Object.assign(this.out, { weight: this.emb.weight });
    }

    override forward(x: Tensor): Tensor {
      return this.out.forward(this.lstm.forward(this.emb.forward(x))[0]);
    }
  }
  const { rows, parameters } = summary(new Tied(), [3, 2], { dtype: 'int32' });
  expect(rows.map(({ outputShape }) => outputShape)).toEqual([[3, 2, 5], [3, 2, 4], [3, 2, 4], [3, 2, 5], null]);
  expect(parameters).toBe(20 + 160 + 2);
});
