import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import {
  AvgPool2d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  Embedding,
  Flatten,
  GELU,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  ReLU,
  RNN,
  Sequential,
  SiLU,
  Softmax,
  Tanh,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '@gradus/nn';
import { ArgumentError } from '@gradus/storage';
import * as t from '@gradus/tensor';
import { arange, manualSeed, ones, randint, randn, Tensor, triu } from '@gradus/tensor';
import { inv } from '@gradus/tensor/linalg';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeModel } from '../src/onnx/decode.ts';
import { ExportError, type ExportOnnxOptions, exportOnnx, readOnnx } from '../src/onnx/index.ts';
import { expectClose } from './expected.ts';
import { runtimes } from './onnx-runtimes.ts';

await use(cpu());
beforeAll(() => manualSeed(0));

class Gpt extends Module {
  readonly wte: Embedding = new Embedding(7, 8);
  readonly wpe: Embedding = new Embedding(5, 8);
  readonly block: TransformerEncoderLayer = new TransformerEncoderLayer(8, 2, {
    dimFeedforward: 32,
    activation: 'gelu',
    batchFirst: true,
    normFirst: true,
  });
  readonly norm: LayerNorm = new LayerNorm([8]);
  readonly head: Linear = new Linear(8, 7, { bias: false });

  forward(tokens: Tensor): Tensor {
    const length = tokens.shape[1] as number;
    const x = this.wte.forward(tokens).add(this.wpe.forward(arange(length)));
    const future = triu(ones([length, length]), { diagonal: 1 }).bool();
    return this.head.forward(this.norm.forward(this.block.forward(x, { srcMask: future })));
  }
}

type Run = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** All tensors of what a module gives. */
function flat(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return Array.isArray(result) ? result.flatMap(flat) : [];
}

function repeatedFive(x: Tensor, axis: number): Tensor {
  return x.narrow(axis, 0, 1).repeat(x.shape.map((_, i) => (i === axis ? 5 : 1)));
}

/** Exports, and compares both runtimes and what is read back with the function itself, for another batch too. */
async function check(run: Run, inputs: readonly Tensor[], options: ExportOnnxOptions = {}): Promise<Uint8Array> {
  const bytes = await exportOnnx(run, inputs, options);
  const { batchAxis = null } = options;
  const batches = [inputs, ...(typeof batchAxis === 'number' ? [inputs.map((x) => repeatedFive(x, batchAxis))] : [])];
  for (const batch of batches) {
    const expected = flat(run(...batch));
    for (const [name, runtime] of runtimes) {
      const outputs = await runtime(bytes, batch);
      expect(outputs.length, name).toBe(expected.length);
      for (const [i, { shape, values }] of outputs.entries()) await expectClose(expected[i] as Tensor, shape, values);
    }
    const model = readOnnx(bytes);
    const own = model.run(new Map(model.inputs.map(({ name }, i) => [name, batch[i] as Tensor])));
    for (const [i, x] of [...own.values()].entries()) {
      const wanted = expected[i] as Tensor;
      await expectClose(x, wanted.shape, await wanted.data());
    }
  }
  return bytes;
}

/** What all modules have, whatever they give. */
interface AnyModule {
  eval(): unknown;
  stateDict(): ReadonlyMap<string, Tensor>;
  forward(input: Tensor): unknown;
}

async function checkModule(module: AnyModule, inputs: readonly Tensor[], batchAxis: number): Promise<Uint8Array> {
  module.eval();
  return check((x) => flat(module.forward(x as Tensor)), inputs, { parameters: module.stateDict(), batchAxis });
}

describe('runs the same in onnxruntime-node, onnxruntime-web and here:', () => {
  test('an MLP, under the names of its parameters', async () => {
    const model = new Sequential(new Linear(4, 8), new Tanh(), new Dropout(0.5), new Linear(8, 3), new Softmax(1));
    const { graph, opsets } = decodeModel(await checkModule(model, [randn([2, 4])], 0));
    expect(graph.initializers.map(({ name }) => name).filter((name) => !name.startsWith('constant'))).toEqual([
      '0.weight',
      '0.bias',
      '3.weight',
      '3.bias',
    ]);
    expect(graph.inputs.map(({ name, shape }) => [name, shape])).toEqual([['input', ['batch', 4]]]);
    expect(graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([['output', ['batch', 3]]]);
    expect(opsets[0]?.version).toBeGreaterThanOrEqual(17);
  });

  test('a CNN', async () => {
    const model = new Sequential(
      new Conv2d(1, 3, 3, { padding: 1 }),
      new BatchNorm2d(3),
      new ReLU(),
      new MaxPool2d(2, { ceilMode: true }),
      new Conv2d(3, 6, 3, { groups: 3, dilation: 2, padding: 2, stride: 2 }),
      new SiLU(),
      new ConvTranspose2d(6, 3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
      new AvgPool2d(3, { stride: 1, padding: 1, countIncludePad: false }),
      new Flatten(),
      new Linear(48, 4),
    );
    await checkModule(model, [randn([2, 1, 7, 7])], 0);
  });

  test('a convolution of sequences', () =>
    checkModule(new Sequential(new Conv1d(2, 4, 3, { padding: 'same' }), new GELU()), [randn([3, 2, 9])], 0));

  test('an LSTM', () => checkModule(new LSTM(3, 4, { numLayers: 2, bidirectional: true }), [randn([5, 2, 3])], 1));
  test('a GRU', () => checkModule(new GRU(3, 4), [randn([5, 2, 3])], 1));
  test('an RNN', () => checkModule(new RNN(3, 4, { nonlinearity: 'relu', batchFirst: true }), [randn([2, 5, 3])], 0));

  test('a transformer encoder', () => {
    const layer = new TransformerEncoderLayer(8, 2, { dimFeedforward: 12 });
    return checkModule(new TransformerEncoder(layer, 2), [randn([4, 2, 8])], 1);
  });

  test('a GPT', () => checkModule(new Gpt(), [randint(7, [2, 5])], 0));

  test.each<[string, Run, readonly (readonly number[])[]]>([
    [
      'reductions',
      (x) => [x.sum(), x.mean({ dim: 1 }), x.amax({ dim: [0, 1] }), x.prod({ dim: 0, keepdim: true })],
      [[3, 4]],
    ],
    ['norms', (x) => [x.norm(), x.std({ dim: 1 }), x.logsumexp({ dim: 1 })], [[3, 4]]],
    [
      'extremes',
      (x) => [x.argmax({ dim: 1 }), x.argmin(), x.max({ dim: 1 }).values, x.max({ dim: 1 }).indices],
      [[3, 4]],
    ],
    [
      'orders',
      (x) => [x.sort({ dim: 1, descending: true }).values, x.sort({ dim: 0 }).indices, x.topk(2).values],
      [[3, 4]],
    ],
    [
      'movement',
      (x) => [x.flip([1]), x.roll(1, { dims: 0 }), x.diagonal(1), x.T.reshape([2, 6]), x.slice(1, 0, 4, 2)],
      [[3, 4]],
    ],
    ['windows', (x) => x.unfold(1, 2, 1), [[3, 4]]],
    [
      'joining',
      (x, y) => [t.cat([x, y]), t.stack([x, y]), ...x.split(2, { dim: 1 })],
      [
        [3, 4],
        [3, 4],
      ],
    ],
    ['comparisons', (x, y) => [x.gt(y), x.ne(y).logicalNot(), t.where(x.le(y), x, y), x.isnan()], [[3, 4], [4]]],
    ['truth', (x) => [x.gt(0).any(), x.gt(0).all({ dim: 1 }), x.gt(0).logicalXor(x.lt(1))], [[3, 4]]],
    ['powers', (x) => [x.exp2(), x.expm1(), x.abs().log1p(), x.abs().log2(), x.abs().log10(), x.square()], [[3, 4]]],
    ['rounding', (x) => [x.mul(3).trunc(), x.mul(3).round(), x.remainder(0.7), x.fmod(0.7), x.copysign(-1)], [[3, 4]]],
    [
      'activations',
      (x) => [x.elu(), x.leakyRelu(0.1), x.softplus(), x.hardswish(), x.mish(), x.clamp({ min: 0 })],
      [[3, 4]],
    ],
    ['running sums', (x) => x.cumsum(1), [[3, 4]]],
    [
      'picking',
      (x) => [x.indexSelect(0, t.tensor(new Int32Array([2, 0]))), x.gather(1, t.tensor([[1], [0], [3]]).int())],
      [[3, 4]],
    ],
    [
      'scattering',
      (x) =>
        x.scatterAdd(
          1,
          t
            .tensor([
              [1, 1],
              [0, 0],
              [3, 2],
            ])
            .int(),
          x,
        ),
      [[3, 4]],
    ],
    ['writing in place', (x) => x.mul(2).add_(1).relu(), [[3, 4]]],
    ['an input and a constant as outputs', (x) => [x, ones([2]), x], [[3, 4]]],
    ['a scalar', (x) => x.mul(2), [[]]],
  ])('%s', async (_, run, shapes) => {
    await check(
      run,
      shapes.map((shape) => randn(shape)),
    );
  });
});

test('names of inputs and outputs, and a free batch for one of two inputs', async () => {
  const bytes = await exportOnnx((x, w) => x.matmul(w), [randn([2, 3]), randn([3, 4])], {
    inputNames: ['x', 'w'],
    outputNames: ['y'],
    batchAxis: [0, null],
  });
  const model = readOnnx(bytes);
  expect(model.inputs.map(({ name, shape }) => [name, shape])).toEqual([
    ['x', ['batch', 3]],
    ['w', [3, 4]],
  ]);
  expect(model.run({ x: randn([9, 3]), w: randn([3, 4]) }).get('y')?.shape).toEqual([9, 4]);
});

describe('refused:', () => {
  const x = randn([2, 2]);
  test.each<[string, Run, string]>([
    ['random numbers', (input) => t.bernoulli(input.sigmoid()), 'model.eval()'],
    ['reading values', (input) => input.mul(input.sum().itemSync()), "reads a tensor's values"],
    ['a factorization', (input) => inv(input), 'no operator'],
    ['a running product', (input) => input.cumprod(0), 'no running prod'],
    [
      'writing to what has views',
      (input) => {
        const y = input.mul(1);
        const row = y.select(0, 0);
        y.add_(1);
        return row;
      },
      'has views is written in place',
    ],
  ])('%s', async (_, run, message) => {
    await expect(exportOnnx(run, [x])).rejects.toThrow(ExportError);
    await expect(exportOnnx(run, [x])).rejects.toThrow(message);
  });

  test.each<[string, Run]>([
    ['in a loop', (input) => Array.from({ length: input.shape[0] as number }, () => input).reduce((a, b) => a.add(b))],
    ['in a number', (input) => input.mul(input.shape[0] as number)],
    ['in a divisor', (input) => input.std({ dim: 0 })],
    ['in the values of a constant', (input) => input.add(t.tensor([input.shape[0] as number, 1]))],
    ['in a constant', (input) => input.add(arange(input.shape[0] as number).unsqueeze(1))],
    [
      'as the square of a size',
      (input) =>
        t
          .zeros([1])
          .add(input.sum())
          .expand([(input.shape[0] as number) ** 2]),
    ],
  ])('a batch that the graph depends on %s', async (_, run) => {
    await expect(exportOnnx(run, [x], { batchAxis: 0 })).rejects.toThrow(ExportError);
  });

  test.each<[string, ExportOnnxOptions]>([
    ['one name for two outputs', { outputNames: ['y'] }],
    ['equal names', { outputNames: ['y', 'y'] }],
    ['one name for an input and an output', { inputNames: ['x'], outputNames: ['x', 'y'] }],
    ['an axis that is not there', { batchAxis: 5 }],
  ])('%s', async (_, options) => {
    await expect(exportOnnx((input) => [input, input], [x], options)).rejects.toThrow(ArgumentError);
  });
});

test('a failed export leaves everything as it was', async () => {
  await expect(exportOnnx(() => t.rand([2]), [randn([1])])).rejects.toThrow(ExportError);
  expect(t.rand([2]).add(1).shape).toEqual([2]);
});
