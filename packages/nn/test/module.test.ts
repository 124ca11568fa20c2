import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { dataSync, ones, type Tensor, tensor, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AnyModule,
  BatchNorm1d,
  Dropout,
  Linear,
  Module,
  Parameter,
  ReLU,
  Sequential,
  StateBuffer,
} from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

class Block extends Module {
  readonly norm = new BatchNorm1d(2);
  readonly fc = new Linear(2, 2, { bias: false });

  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.norm.forward(x));
  }
}

class Net extends Module {
  readonly firstBlock = new Block();
  readonly blocks = [new Block(), new Block()];
  readonly scale = new Parameter(ones([2]));
  readonly tail = new Sequential(new Linear(2, 3), new ReLU(), new Dropout(0.5));
  readonly seen = new StateBuffer(zeros([]));
  readonly cache = new StateBuffer(zeros([]), false);
  readonly name = 'net';

  override forward(x: Tensor): Tensor {
    return this.tail.forward(this.blocks.reduce((y, block) => block.forward(y), this.firstBlock.forward(x)));
  }
}

const blockState = ['norm.weight', 'norm.bias', 'norm.running_mean', 'norm.running_var', 'norm.num_batches_tracked'];

describe('what a module consists of', () => {
  test('state dict: names and order of PyTorch, persistent buffers only', () => {
    const own = (block: string) => [...blockState, 'fc.weight'].map((name) => `${block}.${name}`);
    expect([...new Net().stateDict().keys()]).toEqual([
      ...['scale', 'seen'],
      ...own('first_block'),
      ...own('blocks.0'),
      ...own('blocks.1'),
      ...['tail.0.weight', 'tail.0.bias'],
    ]);
  });

  test('parameters, buffers, children and modules', () => {
    const net = new Net();
    expect(Array.from(net.namedParameters(), ([name]) => name).slice(0, 4)).toEqual([
      ...['scale', 'first_block.norm.weight', 'first_block.norm.bias', 'first_block.fc.weight'],
    ]);
    expect(Array.from(net.namedBuffers(), ([name]) => name).slice(0, 3)).toEqual([
      ...['seen', 'cache', 'first_block.norm.running_mean'],
    ]);
    expect(Array.from(net.namedChildren(), ([name]) => name)).toEqual(['first_block', 'blocks.0', 'blocks.1', 'tail']);
    expect(Array.from(net.namedModules(), ([name]) => name).slice(0, 4)).toEqual([
      ...['', 'first_block', 'first_block.norm', 'first_block.fc'],
    ]);
  });

  test('a shared parameter is trained once and saved under both names', () => {
    class Tied extends Module {
      readonly encoder = new Linear(2, 2, { bias: false });
      readonly decoder = new Linear(2, 2, { bias: false });

      constructor() {
        super();
        Object.assign(this.decoder, { weight: this.encoder.weight });
      }

      override forward(x: Tensor): Tensor {
        return this.decoder.forward(this.encoder.forward(x));
      }
    }
    const tied = new Tied();
    expect(tied.parameters()).toEqual([tied.encoder.weight]);
    expect([...tied.stateDict().keys()]).toEqual(['encoder.weight', 'decoder.weight']);
  });

  test('apply visits children before their parent, in the order of the fields', () => {
    const visited: AnyModule[] = [];
    const block = new Block();
    block.apply((module) => visited.push(module));
    expect(visited).toEqual([block.norm, block.fc, block]);
  });

  test('prints as a tree', () => {
    const net = new Sequential(new Linear(2, 3, { bias: false }), new Sequential(new Dropout(0.1)));
    expect(net.toString()).toBe(
      'Sequential(\n  (0): Linear(2, 3, bias=false)\n  (1): Sequential(\n    (0): Dropout(p=0.1)\n  )\n)',
    );
  });
});

describe('loading', () => {
  const make = () => new Linear(2, 1);
  const weight = () => tensor([[3, 4]]);

  test('copies values into the same parameters', () => {
    const linear = make();
    const before = linear.weight;
    const loaded = weight();
    const state = new Map([
      ['weight', loaded],
      ['bias', tensor([5])],
    ]);
    expect(linear.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
    expect(linear.weight).toBe(before);
    expect(linear.weight.requiresGrad).toBe(true);
    loaded.fill_(0);
    expect(toArraySync(linear.weight)).toEqual([[3, 4]]);
    expect(toArraySync(linear.forward(tensor([[1, 1]])))).toEqual([[12]]);
  });

  test('converts to the dtype of the module', () => {
    const linear = make().to('float64');
    linear.loadStateDict(
      new Map([
        ['weight', weight()],
        ['bias', tensor([5])],
      ]),
    );
    expect(linear.weight.dtype).toBe('float64');
    expect(toArraySync(linear.weight)).toEqual([[3, 4]]);
  });

  test('reports every name that does not match, and then changes nothing', () => {
    const linear = make();
    const before = toArraySync(linear.weight);
    const state = new Map([
      ['weight', weight()],
      ['kernel', weight()],
    ]);
    expect(() => linear.loadStateDict(state)).toThrow(ArgumentError);
    expect(() => linear.loadStateDict(state)).toThrow(
      'loadStateDict: missing: bias; unexpected: kernel; pass strict: false to load what fits',
    );
    expect(toArraySync(linear.weight)).toEqual(before);
    expect(linear.loadStateDict(state, { strict: false })).toEqual({ missing: ['bias'], unexpected: ['kernel'] });
    expect(toArraySync(linear.weight)).toEqual([[3, 4]]);
  });

  test('refuses a wrong shape before anything is copied', () => {
    const linear = make();
    const before = toArraySync(linear.weight);
    const state = new Map([
      ['weight', weight()],
      ['bias', tensor([1, 2])],
    ]);
    expect(() => linear.loadStateDict(state)).toThrow(ShapeError);
    expect(() => linear.loadStateDict(state)).toThrow("'bias' has shape [2], but the module's is [1]");
    expect(toArraySync(linear.weight)).toEqual(before);
  });
});

describe('modes', () => {
  test('train and eval reach every module', () => {
    const net = new Net();
    expect(net.eval()).toBe(net);
    expect(Array.from(net.namedModules(), ([, module]) => module.training)).not.toContain(true);
    expect(toArraySync(new Dropout(1).eval().forward(ones([2])))).toEqual([1, 1]);
    net.train();
    expect(Array.from(net.namedModules(), ([, module]) => module.training)).not.toContain(false);
  });

  test('freezing keeps gradients away from parameters', () => {
    const [frozen, trained] = [new Linear(2, 2), new Linear(2, 2)];
    frozen.setRequiresGrad(false);
    trained
      .forward(frozen.forward(ones([1, 2])))
      .sum()
      .backward();
    expect(frozen.parameters().map(({ grad }) => grad)).toEqual([null, null]);
    expect(trained.parameters().every(({ grad }) => grad !== null)).toBe(true);
    trained.zeroGrad();
    expect(trained.weight.grad).toBeNull();
    frozen.setRequiresGrad();
    frozen
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(frozen.weight.grad).not.toBeNull();
  });
});

describe('to', () => {
  test('a dtype converts floats in place and leaves integers', () => {
    const block = new Block();
    const { weight } = block.fc;
    const values = [...dataSync(weight)];
    expect(block.to('float64')).toBe(block);
    expect(block.fc.weight).toBe(weight);
    expect(weight.dtype).toBe('float64');
    expect([...dataSync(weight)]).toEqual(values);
    expect(block.norm.runningVar?.dtype).toBe('float64');
    expect(block.norm.numBatchesTracked?.dtype).toBe('int32');
    expect(block.forward(ones([3, 2], { dtype: 'float64' })).dtype).toBe('float64');
  });

  test('a backend moves everything, gradients too', () => {
    const linear = new Linear(2, 1);
    linear
      .forward(ones([1, 2]))
      .sum()
      .backward();
    const other = new HostBackend('other');
    linear.to(other);
    expect(linear.parameters().map(({ backend }) => backend)).toEqual([other, other]);
    expect(linear.weight.grad?.backend).toBe(other);
    expect(linear.weight.requiresGrad && linear.weight.isLeaf).toBe(true);
    linear
      .forward(ones([1, 2], { backend: other }))
      .sum()
      .backward();
    expect(toArraySync(linear.weight.grad as Tensor)).toEqual([[2, 2]]);
  });
});
