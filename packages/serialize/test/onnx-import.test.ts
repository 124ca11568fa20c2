import '@gradus/autograd';
import { defaultBackend, use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { crossEntropy } from '@gradus/losses';
import { SGD } from '@gradus/optim';
import { ArgumentError } from '@gradus/storage';
import { randn, type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { encodeModel } from '../src/onnx/encode.ts';
import { FormatError, readOnnx, UnsupportedOperatorsError } from '../src/onnx/index.ts';
import { type ModelProto, type NodeProto, newGraph, newTensor } from '../src/onnx/model.ts';
import { expectClose, readJson, readTestFile, type TestFiles, tensorOf, valuesOf } from './expected.ts';
import { runtimes } from './onnx-runtimes.ts';

await use(cpu());
const { onnx } = await readJson<TestFiles>('files.json');

describe.each(onnx)("PyTorch's $file", ({ file, input, outputs, rtol, atol }) => {
  test('gives the expected outputs', async () => {
    const model = readOnnx(await readTestFile(file));
    const results = [...model.run({ [model.inputs[0]?.name ?? '']: tensorOf(input) }).values()];
    expect(results).toHaveLength(outputs.length);
    for (const [i, expected] of outputs.entries()) {
      await expectClose(results[i] as Tensor, expected.shape, valuesOf(expected), { rtol, atol });
    }
  });

  test('gives gradients to its parameters', async () => {
    const model = readOnnx(await readTestFile(file));
    const [result] = model.run({ [model.inputs[0]?.name ?? '']: tensorOf(input) }).values();
    (result as Tensor).square().sum().backward();
    const without = [...model.parameters].filter(([, x]) => x.grad === null).map(([name]) => name);
    expect(without).toEqual([]);
  });
});

test('an imported model learns', async () => {
  const model = readOnnx(await readTestFile('mlp.onnx'));
  const optimizer = new SGD([...model.parameters.values()], { lr: 0.5 });
  const x = randn([2, 4]);
  const target = tensor([2, 0]).int();
  const losses: number[] = [];
  for (let step = 0; step < 30; step++) {
    const loss = crossEntropy([...model.run({ x }).values()][0] as Tensor, target);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) - 0.3);
});

test('a run keeps nothing but its outputs', async () => {
  const model = readOnnx(await readTestFile('cnn.onnx'), { requiresGrad: false });
  const x = randn([2, 1, 6, 6]);
  const before = defaultBackend().memory().liveBuffers;
  for (const result of model.run({ x }).values()) result.dispose();
  expect(defaultBackend().memory().liveBuffers).toBe(before);
});

/** A model of nodes with float inputs a, b ... of given shapes. */
function modelOf(
  nodes: readonly Partial<NodeProto>[],
  shapes: readonly (readonly number[])[],
  more: Partial<ModelProto['graph']> = {},
): Uint8Array {
  const graph = {
    ...newGraph(),
    nodes: nodes.map((node) => ({
      inputs: [],
      outputs: ['y'],
      name: '',
      opType: '',
      domain: '',
      attributes: [],
      ...node,
    })),
    inputs: shapes.map((shape, i) => ({ name: 'abcd'[i] as string, elementType: 1, shape: [...shape] })),
    outputs: [{ name: 'y', elementType: 1, shape: null }],
    ...more,
  };
  return encodeModel({
    irVersion: 8,
    producerName: '',
    producerVersion: '',
    graph,
    opsets: [{ domain: '', version: 18 }],
  });
}

const int = (name: string, value: number): NodeProto['attributes'][number] => ({
  ...attribute(name),
  type: 2,
  int: value,
});
const ints = (name: string, values: number[]): NodeProto['attributes'][number] => ({
  ...attribute(name),
  type: 7,
  ints: values,
});
const text = (name: string, value: string): NodeProto['attributes'][number] => ({
  ...attribute(name),
  type: 3,
  string: value,
});

function attribute(name: string): NodeProto['attributes'][number] {
  return { name, type: 0, float: 0, int: 0, string: '', tensor: null, graph: null, floats: [], ints: [], strings: [] };
}

const int64 = (
  name: string,
  values: readonly number[],
  dims = [values.length],
): ModelProto['graph']['initializers'][number] => ({
  ...newTensor(),
  name,
  dims,
  dataType: 7,
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

describe('as onnxruntime does it:', () => {
  test.each<[string, Partial<NodeProto>, readonly (readonly number[])[], Partial<ModelProto['graph']>?]>([
    [
      'Conv, auto_pad',
      { opType: 'Conv', attributes: [text('auto_pad', 'SAME_UPPER'), ints('strides', [2, 2])] },
      [
        [1, 2, 5, 6],
        [3, 2, 2, 2],
      ],
    ],
    [
      'Conv, pads that differ',
      { opType: 'Conv', attributes: [ints('pads', [1, 0, 2, 1])] },
      [
        [1, 2, 5, 6],
        [3, 2, 2, 2],
      ],
    ],
    [
      'MaxPool, auto_pad',
      { opType: 'MaxPool', attributes: [text('auto_pad', 'SAME_LOWER'), ints('kernel_shape', [2, 2])] },
      [[1, 2, 5, 6]],
    ],
    [
      'AveragePool, ceil',
      { opType: 'AveragePool', attributes: [ints('kernel_shape', [3]), ints('strides', [2]), int('ceil_mode', 1)] },
      [[1, 2, 7]],
    ],
    [
      'Gemm, both transposed',
      { opType: 'Gemm', attributes: [int('transA', 1), int('transB', 1)] },
      [[3, 2], [4, 3], [4]],
    ],
    [
      'Slice backwards',
      { opType: 'Slice', inputs: ['a', 'start', 'end', 'axes', 'step'] },
      [[4, 5]],
      {
        initializers: [int64('start', [-1]), int64('end', [-(2 ** 50)]), int64('axes', [1]), int64('step', [-2])],
      },
    ],
    [
      'Gather, negative',
      { opType: 'Gather', inputs: ['a', 'i'], attributes: [int('axis', 1)] },
      [[2, 3]],
      { initializers: [int64('i', [-1, 0, 1, 2], [2, 2])] },
    ],
    [
      'GatherND',
      { opType: 'GatherND', inputs: ['a', 'i'] },
      [[2, 3, 2]],
      { initializers: [int64('i', [0, -1, 1, 0], [2, 2])] },
    ],
    [
      'ScatterND',
      { opType: 'ScatterND', inputs: ['a', 'i', 'b'], attributes: [text('reduction', 'add')] },
      [
        [3, 2],
        [2, 2],
      ],
      {
        initializers: [int64('i', [2, 2], [2, 1])],
      },
    ],
    [
      'Pad, two axes',
      { opType: 'Pad', inputs: ['a', 'p'], attributes: [text('mode', 'reflect')] },
      [[3, 4]],
      { initializers: [int64('p', [1, 2, 0, 1])] },
    ],
    [
      'CumSum, reverse and exclusive',
      { opType: 'CumSum', inputs: ['a', 'axis'], attributes: [int('reverse', 1), int('exclusive', 1)] },
      [[3, 4]],
      {
        initializers: [int64('axis', [1], [])],
      },
    ],
    [
      'Split, uneven',
      { opType: 'Split', inputs: ['a'], outputs: ['z', 'y'], attributes: [int('axis', 1), int('num_outputs', 2)] },
      [[2, 5]],
    ],
    [
      'DepthToSpace',
      { opType: 'DepthToSpace', attributes: [int('blocksize', 2), text('mode', 'CRD')] },
      [[1, 8, 2, 3]],
    ],
    ['SpaceToDepth', { opType: 'SpaceToDepth', attributes: [int('blocksize', 2)] }, [[1, 2, 4, 6]]],
    [
      'LayerNormalization',
      { opType: 'LayerNormalization', attributes: [int('axis', 1)] },
      [
        [2, 3, 4],
        [3, 4],
        [3, 4],
      ],
    ],
    ['ReduceL2, all', { opType: 'ReduceL2', attributes: [int('keepdims', 0)] }, [[2, 3]]],
    [
      'Einsum',
      { opType: 'Einsum', attributes: [text('equation', 'ij,kj->ik')] },
      [
        [2, 3],
        [4, 3],
      ],
    ],
    ['Trilu', { opType: 'Trilu', attributes: [int('upper', 0)] }, [[3, 3]]],
    ['LRN', { opType: 'LRN', attributes: [int('size', 3)] }, [[1, 4, 3, 3]]],
    [
      'GRU, reset before',
      { opType: 'GRU', inputs: ['a', 'b', 'c'], outputs: ['y'], attributes: [int('hidden_size', 2)] },
      [
        [3, 2, 4],
        [1, 6, 4],
        [1, 6, 2],
      ],
    ],
    [
      'LSTM, backwards',
      {
        opType: 'LSTM',
        inputs: ['a', 'b', 'c'],
        outputs: ['y'],
        attributes: [int('hidden_size', 2), text('direction', 'reverse')],
      },
      [
        [3, 2, 4],
        [1, 8, 4],
        [1, 8, 2],
      ],
    ],
  ])('%s', async (_, node, shapes, more) => {
    const inputs = shapes.map((shape) => randn(shape));
    const names = [...'abcd'].slice(0, shapes.length);
    const bytes = modelOf([{ inputs: names, ...node }], shapes, more);
    const model = readOnnx(bytes);
    const y = model.run(Object.fromEntries(names.map((name, i) => [name, inputs[i] as Tensor]))).get('y') as Tensor;
    const [, runtime] = runtimes[0] as (typeof runtimes)[number];
    const [expected] = await runtime(bytes, inputs);
    await expectClose(y, expected?.shape ?? [], expected?.values ?? []);
  });
});

describe('refused:', () => {
  test('operators that are missing, all of them by name', () => {
    const nodes = ['Relu', 'NonMaxSuppression', 'Loop', 'NonMaxSuppression'].map((opType, i) => ({
      opType,
      inputs: ['a'],
      outputs: [`${i === 0 ? 'y' : i}`],
    }));
    const read = (): unknown =>
      readOnnx(modelOf([...nodes, { opType: 'Fused', domain: 'com.example', inputs: ['a'], outputs: ['z'] }], [[1]]));
    expect(read).toThrow(UnsupportedOperatorsError);
    expect(read).toThrow('Loop, NonMaxSuppression, com.example.Fused');
  });

  test.each([
    ['a value that nothing makes', [{ opType: 'Relu', inputs: ['q'] }], {}, "reads 'q'"],
    ['a circle', [{ opType: 'Relu', inputs: ['y'] }], {}, "reads 'y'"],
    [
      'a value that is made twice',
      [
        { opType: 'Relu', inputs: ['a'] },
        { opType: 'Relu', inputs: ['a'] },
      ],
      {},
      "'y' is made twice",
    ],
    ['an output that nothing makes', [], {}, "nothing makes the output 'y'"],
    [
      'a tensor with too few values',
      [{ opType: 'Relu', inputs: ['a'] }],
      { initializers: [{ ...int64('w', [1, 2]), dims: [3] }] },
      '2 values',
    ],
    [
      'an absurd shape',
      [{ opType: 'Relu', inputs: ['a'] }],
      { initializers: [{ ...int64('w', []), dims: [2 ** 40, 2 ** 40] }] },
      'impossible shape',
    ],
    [
      'values in another file',
      [{ opType: 'Relu', inputs: ['a'] }],
      { initializers: [{ ...int64('w', [1]), dataType: 77 }] },
      'element type 77',
    ],
  ])('%s', (_, nodes, more, message) => {
    const read = (): unknown => readOnnx(modelOf(nodes, [[1]], more));
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });

  test('a shape that asks for all memory, when it runs', () => {
    const bytes = modelOf([{ opType: 'ConstantOfShape', inputs: ['s'] }], [[1]], {
      initializers: [int64('s', [2 ** 20, 2 ** 20])],
    });
    expect(() => readOnnx(bytes).run({ a: tensor([1]) })).toThrow(FormatError);
  });

  test('paddings that ask for all memory, when it runs', () => {
    for (const opType of ['Conv', 'ConvTranspose', 'MaxPool']) {
      const attributes = [ints('pads', [0, 2 ** 30]), ints('kernel_shape', [1]), ints('strides', [2 ** 30])];
      const bytes = modelOf(
        [{ opType, inputs: opType === 'MaxPool' ? ['a'] : ['a', 'b'], attributes }],
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
      );
      expect(() => readOnnx(bytes).run({ a: randn([1, 1, 1]), b: randn([1, 1, 1]) }), opType).toThrow(
        'raise maxElements',
      );
    }
  });

  test('inputs that are missing, unknown or of another shape', async () => {
    const model = readOnnx(await readTestFile('mlp.onnx'));
    for (const inputs of [{}, { x: randn([2, 4]), z: randn([1]) }, { x: randn([2, 5]) }]) {
      expect(() => model.run(inputs as Record<string, Tensor>)).toThrow(ArgumentError);
    }
  });

  test('every truncation, and nested messages without end', async () => {
    const file = await readTestFile('gpt.onnx');
    for (let length = 1; length < file.length; length += 97) {
      expect(() => readOnnx(file.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
    }
    // A graph in an attribute of a node of a graph ...
    let nested: Uint8Array = Uint8Array.of();
    const field = (tag: number, content: Uint8Array): Uint8Array => {
      const size = content.length;
      return Uint8Array.from([
        (tag << 3) | 2,
        (size & 0x7f) | 0x80,
        ((size >> 7) & 0x7f) | 0x80,
        size >> 14,
        ...content,
      ]);
    };
    for (let depth = 0; depth < 300; depth++) nested = field(1, field(5, field(6, nested)));
    expect(() => readOnnx(field(7, nested))).toThrow('messages deep');
  });
});
