import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { manualSeed, ones, randn, type Tensor, tensor, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BatchNorm1d,
  deepCopy,
  getBuffer,
  getParameter,
  getSubmodule,
  Linear,
  LSTM,
  Module,
  ModuleDict,
  ModuleList,
  Parameter,
  ParameterDict,
  ParameterList,
  parametersToVector,
  ReLU,
  registerBuffer,
  registerModule,
  registerParameter,
  Sequential,
  StateBuffer,
  TransformerEncoder,
  TransformerEncoderLayer,
  vectorToParameters,
} from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

class Container extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}

const namesOf = (module: Pick<Module, 'stateDict'>): string[] => [...module.stateDict().keys()];
const scalar = (value: number): Parameter => new Parameter(tensor([value]));

describe('containers', () => {
  test('have the names of PyTorch', () => {
    class Net extends Container {
      readonly list = new ModuleList([new Linear(1, 1), new ReLU()]).append(new Linear(1, 1, { bias: false }));
      readonly dict = new ModuleDict({ first: new Linear(1, 1, { bias: false }) });
      readonly scales = new ParameterList([scalar(1), scalar(2)]);
      readonly named = new ParameterDict([['camelCase', scalar(3)]]);
      readonly layers = new Sequential({ conv: new Linear(1, 1, { bias: false }), act: new ReLU() });
    }
    const net = new Net();
    net.dict.set('second', new Linear(1, 1, { bias: false }));
    net.list.insert(0, new ReLU());
    expect(namesOf(net)).toEqual([
      ...['list.1.weight', 'list.1.bias', 'list.3.weight', 'dict.first.weight', 'dict.second.weight'],
      ...['scales.0', 'scales.1', 'named.camelCase', 'layers.conv.weight'],
    ]);
    expect([net.list.length, net.dict.size, net.scales.at(-1)]).toEqual([4, 2, [...net.scales][1]]);
    expect([...net.dict.keys()]).toEqual(['first', 'second']);
    expect(net.dict.delete('first')).toBe(true);
    expect([net.dict.has('first'), [...net.dict.values()].length, [...net.dict.entries()].length]).toEqual([
      ...[false, 1, 1],
    ]);
    expect(net.layers.layers.conv).toBeInstanceOf(Linear);
  });

  test('refuse what they do not have', () => {
    expect(() => new ModuleList().at(0)).toThrow('ModuleList: no item 0 of 0');
    expect(() => new ModuleDict({ a: new ReLU() }).get('b')).toThrow("ModuleDict: no 'b' in [a]");
    expect(() => new ModuleDict().set('a.b', new ReLU())).toThrow("must not be empty or contain a dot, got 'a.b'");
    expect(() => new ModuleList().forward()).toThrow('ModuleList: it holds its items and has no forward');
    expect(() => new ParameterDict().forward()).toThrow('ParameterDict: it holds its items and has no forward');
  });
});

describe('names that are known only as the program runs', () => {
  test('are members like fields', () => {
    const module = new Container();
    registerParameter(module, 'scale', scalar(1));
    registerBuffer(module, 'mask', zeros([1]));
    registerBuffer(module, 'cache', zeros([1]), { persistent: false });
    registerModule(module, 'head', new Linear(1, 1, { bias: false }));
    registerParameter(module, 'bias', null);
    expect(namesOf(module)).toEqual(['scale', 'mask', 'head.weight']);
    registerParameter(module, 'bias', scalar(2));
    expect(namesOf(module)).toEqual(['scale', 'bias', 'mask', 'head.weight']);
  });

  test('must be free, and names', () => {
    const module = new Container();
    expect(() => registerParameter(module, 'forward', scalar(1))).toThrow("Container has a 'forward' already");
    expect(() => registerBuffer(module, '', zeros([1]))).toThrow(ArgumentError);
    expect(() => registerModule(module, 'a.b', new ReLU())).toThrow('registerModule: a name must not be empty');
  });

  test('are looked up through the tree', () => {
    const [linear, norm] = [new Linear(1, 1), new BatchNorm1d(1)];
    const model = new Sequential(new Sequential(linear), norm);
    expect(getSubmodule(model, '0.0')).toBe(linear);
    expect(getSubmodule(model, '')).toBe(model);
    expect(getParameter(model, '0.0.bias')).toBe(linear.bias);
    expect(getBuffer(model, '1.running_mean')).toBe(norm.runningMean);
    expect(() => getParameter(model, '0.0.scale')).toThrow("getParameter: no '0.0.scale'; there are [weight, bias]");
    expect(() => getSubmodule(model, '2')).toThrow("getSubmodule: no '2'");
    expect(getParameter(new LSTM(1, 2), 'weight_hh_l0').shape).toEqual([8, 2]);
  });

  test('a module in two places is visited once, and saved under both names', () => {
    const shared = new Linear(1, 1, { bias: false });
    const model = new Sequential(shared, new ReLU(), shared);
    expect(Array.from(model.namedModules(), ([name]) => name)).toEqual(['', '0', '1']);
    expect(model.parameters().length).toBe(1);
    expect(namesOf(model)).toEqual(['0.weight', '2.weight']);
    expect(getParameter(model, '2.weight')).toBe(shared.weight);
  });
});

describe('loadStateDict', () => {
  test('tells all that is wrong at once, and changes nothing', () => {
    const layer = new Linear(2, 3);
    const before = toArraySync(layer.weight);
    const wrong = new Map([
      ['weight', zeros([2, 2])],
      ['scale', zeros([1])],
    ]);
    expect(() => layer.loadStateDict(wrong)).toThrow(
      'loadStateDict: missing: bias; unexpected: scale; pass strict: false to load what fits; ' +
        "'weight' has shape [2, 2], but the module's is [3, 2]",
    );
    const both = new Map([
      ['weight', zeros([2, 2])],
      ['bias', zeros([2])],
    ]);
    expect(() => layer.loadStateDict(both)).toThrow(ShapeError);
    expect(() => layer.loadStateDict(both, { strict: false })).toThrow(/'weight' has .*; 'bias' has shape \[2\]/);
    expect(toArraySync(layer.weight)).toEqual(before);
  });

  test('assign takes the tensors over, their dtype too', () => {
    const layer = new Linear(2, 1);
    const { weight } = layer;
    const loaded = ones([1, 2], { dtype: 'float64' });
    const report = layer.loadStateDict(new Map([['weight', loaded]]), { strict: false, assign: true });
    expect(report).toEqual({ missing: ['bias'], unexpected: [] });
    expect([layer.weight === weight, weight.dtype, weight.requiresGrad]).toEqual([true, 'float64', true]);
    loaded.fill_(5);
    expect(toArraySync(weight)).toEqual([[5, 5]]);
  });
});

describe('deepCopy', () => {
  test('shares nothing, and keeps what is shared within', () => {
    class Tied extends Container {
      readonly a = new Linear(2, 2);
      readonly b = new Linear(2, 2);
      readonly seen = new StateBuffer(zeros([1]), false);
      readonly blocks = [new BatchNorm1d(2), new ReLU()];
      readonly settings = { depth: [1, 2] };
    }
    const net = new Tied();
    Object.assign(net.b, { weight: net.a.weight });
    net.a.bias?.setRequiresGrad(false);
    const copy = deepCopy(net);
    expect(namesOf(copy)).toEqual(namesOf(net));
    expect(copy.b.weight).toBe(copy.a.weight);
    expect([copy.a.bias?.requiresGrad, copy.seen.persistent, copy.blocks[0] instanceof BatchNorm1d]).toEqual([
      ...[false, false, true],
    ]);
    expect(copy.settings).toEqual(net.settings);
    expect(copy.settings.depth).not.toBe(net.settings.depth);
    copy.a.weight.detach().zero_();
    expect(toArraySync(net.a.weight.abs().sum())).not.toBe(0);
    copy.train(false);
    expect([net.training, net.a.training, copy.a.training]).toEqual([true, true, false]);
  });

  test('an encoder begins with copies of its layer', () => {
    const encoder = new TransformerEncoder(new TransformerEncoderLayer(4, 2, { dimFeedforward: 3 }), 2);
    const [first, second] = [0, 1].map((i) => getParameter(encoder, `layers.${i}.self_attn.in_proj_weight`));
    expect(first).not.toBe(second);
    expect(first && toArraySync(first)).toEqual(second && toArraySync(second));
  });
});

describe('parameters as a vector', () => {
  test('and back', () => {
    manualSeed(0);
    const [source, target] = [new Linear(2, 3), new Linear(2, 3)];
    const vector = parametersToVector(source.parameters());
    expect(vector.shape).toEqual([9]);
    vectorToParameters(vector, target.parameters());
    expect(toArraySync(target.weight)).toEqual(toArraySync(source.weight));
    expect(target.bias && toArraySync(target.bias)).toEqual(source.bias && toArraySync(source.bias));
    vector.sum().backward();
    expect(source.bias?.grad && toArraySync(source.bias.grad)).toEqual([1, 1, 1]);
    expect(() => vectorToParameters(randn([8]), target.parameters())).toThrow('needs a vector of 9 numbers, got [8]');
  });
});
