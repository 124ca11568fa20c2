import { gradcheck, gradgradcheck } from '@gradus/autograd';
import { HostBackend, type Kernel, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { dataSync, manualSeed, ones, rand, randn, type Tensor, tensor, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import {
  type AnyModule,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  type Module,
  type PackedSequence,
  Parameter,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  type RecurrentOptions,
  RNN,
  RNNCell,
  unpackSequence,
  unpadSequence,
} from '../src/index.ts';
import { expectNumbers, type Packed, recorded } from './recorded/recorded.ts';

beforeAll(() => use(new HostBackend('host')));

describe('packed sequences through two layers in both directions', () => {
  const options = { numLayers: 2, bidirectional: true };
  type Layer = Module<[x: PackedSequence], [output: PackedSequence, state: Tensor | readonly Tensor[]]>;
  const cases: readonly (readonly [string, () => Layer, Packed])[] = [
    ['LSTM with projections', () => new LSTM(2, 3, { ...options, projSize: 2 }), recorded.packed_lstm],
    ['GRU', () => new GRU(2, 3, options), recorded.packed_gru],
    ['RNN with relu', () => new RNN(2, 3, { ...options, nonlinearity: 'relu' }), recorded.packed_rnn],
  ];

  test.each(cases)('%s: outputs, states and gradients of PyTorch', (_, make, expected) => {
    manualSeed(3);
    const layer = make();
    const sequences = [2, 4, 1].map((n) => randn([n, 2]));
    const packed = packSequence(sequences, { enforceSorted: false });
    expectNumbers(packed.data, expected.data);
    expect(packed.batchSizes).toEqual(expected.batch_sizes);
    expect([packed.sortedIndices, packed.unsortedIndices]).toEqual([expected.sorted, expected.unsorted]);
    const [output, hidden] = layer.forward(packed);
    const [padded, lengths] = padPackedSequence(output, { batchFirst: true, paddingValue: -1, totalLength: 5 });
    expectNumbers(padded, expected.padded);
    expect(lengths).toEqual(expected.lengths);
    const states = [hidden].flat() as Tensor[];
    for (const [i, state] of states.entries()) expectNumbers(state, expected.hidden[i] ?? []);
    const loss = states.reduce((sum, state) => sum.add(state.sum()), padded.pow(2).sum());
    loss.backward();
    for (const [name, parameter] of layer.namedParameters())
      expectNumbers(parameter.grad, expected.gradients[name] ?? []);
  });
});

test('dropout between layers draws what PyTorch draws', () => {
  manualSeed(4);
  const layer = new LSTM(2, 3, { numLayers: 3, dropout: 0.5, batchFirst: true });
  const [output] = layer.forward(ones([2, 4, 2]));
  expectNumbers(output, recorded.dropout_between_layers.output);
});

describe('gradients', () => {
  const double = (...shape: number[]): Tensor => rand(shape, { dtype: 'float64' }).sub(0.5).setRequiresGrad();

  /** Of the inputs, the state and the parameters. */
  async function check(layer: AnyModule, call: (x: Tensor, h: Tensor) => Tensor | readonly Tensor[]): Promise<void> {
    const parameters = [...layer.to('float64').namedParameters()];
    const inputs = [double(3, 2, 2), double(2, 2, 3), ...parameters.map(([, parameter]) => parameter)];
    const fn = (...args: readonly Tensor[]): Tensor | readonly Tensor[] => {
      for (const [i, [name]] of parameters.entries()) Reflect.set(layer, name, args[i + 2]);
      return call(args[0] as Tensor, args[1] as Tensor);
    };
    await gradcheck(fn, inputs);
    await gradgradcheck(fn, inputs);
  }

  beforeEach(() => {
    manualSeed(0);
  });

  test('RNN', async () => {
    const rnn = new RNN(2, 3);
    await check(rnn, (x, h) => rnn.forward(x, h.narrow(0, 0, 1)));
  });

  test('GRU', async () => {
    const gru = new GRU(2, 3);
    await check(gru, (x, h) => gru.forward(x, h.narrow(0, 0, 1)));
  });

  test('LSTM', async () => {
    const lstm = new LSTM(2, 3);
    await check(lstm, (x, h) => lstm.forward(x, [h.narrow(0, 0, 1), h.narrow(0, 1, 1)]).flat());
  });
});

describe('padding and packing', () => {
  const sequences = (): Tensor[] => [tensor([1, 2, 3]), tensor([4, 5]), tensor([6])];

  test('padSequence and back', () => {
    expect(toArraySync(padSequence(sequences(), { batchFirst: true, paddingValue: 9 }))).toEqual([
      ...[
        [1, 2, 3],
        [4, 5, 9],
        [6, 9, 9],
      ],
    ]);
    const padded = padSequence(sequences());
    expect(toArraySync(padded)).toEqual([
      [1, 4, 6],
      [2, 5, 0],
      [3, 0, 0],
    ]);
    expect(unpadSequence(padded, [3, 2, 1]).map((x) => toArraySync(x))).toEqual([[1, 2, 3], [4, 5], [6]]);
  });

  test('packSequence and back', () => {
    const packed = packSequence(sequences());
    expect([...dataSync(packed.data)]).toEqual([1, 4, 6, 2, 5, 3]);
    expect([packed.batchSizes, packed.sortedIndices]).toEqual([[3, 2, 1], null]);
    expect(unpackSequence(packed).map((x) => toArraySync(x))).toEqual([[1, 2, 3], [4, 5], [6]]);
  });

  test('packPaddedSequence leaves out what is longer than all lengths', () => {
    const packed = packPaddedSequence(zeros([5, 2, 3]), [2, 2]);
    expect([packed.data.shape, packed.batchSizes]).toEqual([
      [4, 3],
      [2, 2],
    ]);
  });

  test('refuses lengths that make no sense', () => {
    const x = zeros([3, 2, 1]);
    expect(() => packPaddedSequence(x, [1, 2])).toThrow(
      "lengths [1, 2] don't descend; pass enforceSorted: false to have them sorted",
    );
    expect(() => packPaddedSequence(x, [2, 0])).toThrow('needs 2 lengths from 1 to 3');
    expect(() => packPaddedSequence(x, [2])).toThrow(ArgumentError);
    expect(() => packPaddedSequence(zeros([3]), [2])).toThrow(ShapeError);
    expect(() => padPackedSequence(packPaddedSequence(x, [2, 1]), { totalLength: 1 })).toThrow(
      'totalLength 1 is less than the 2 steps',
    );
  });
});

/** Counts what is launched. */
class CountingBackend extends HostBackend {
  launches = 0;

  override launch(kernel: Kernel): void {
    this.launches++;
    super.launch(kernel);
  }
}

type OverTensors = Module<[x: Tensor], [output: Tensor, state: Tensor | readonly Tensor[]]>;
type LayerClass = new (inputs: number, hidden: number, options: RecurrentOptions) => OverTensors;
const kinds: readonly (readonly [string, LayerClass, number])[] = [
  // The last one copies the step's output to its place; an LSTM's is written there.
  ['RNN', RNN, 3],
  ['GRU', GRU, 4],
  ['LSTM', LSTM, 2],
];

test.each(kinds)('%s: few launches per step', (_, Layer, perStep) => {
  const backend = new CountingBackend('counting');
  const layer = new Layer(2, 3, { backend });
  const launchesOf = (steps: number): number => {
    const x = zeros([steps, 1, 2], { backend });
    const before = backend.launches;
    layer.forward(x);
    return backend.launches - before;
  };
  expect(launchesOf(9) - launchesOf(8)).toBe(perStep);
});

describe('refuses', () => {
  test('inputs and states of other sizes', () => {
    const lstm = new LSTM(2, 3, { bidirectional: true });
    expect(() => lstm.forward(zeros([4, 1, 5]))).toThrow('LSTM: needs at least one step of 2 features, got [4, 5]');
    expect(() => lstm.forward(zeros([0, 1, 2]))).toThrow('needs at least one step');
    expect(() => lstm.forward(zeros([2]))).toThrow('LSTM: expected 2 or 3 axes, got [2]');
    const state = [zeros([1, 1, 3]), zeros([2, 1, 3])] as const;
    expect(() => lstm.forward(zeros([4, 1, 2]), state)).toThrow(
      'LSTM: the state must be [2, 1, 3] and [2, 1, 3], got [1, 1, 3]',
    );
    for (const cell of [new RNNCell(2, 3), new GRUCell(2, 3), new LSTMCell(2, 3)]) {
      expect(() => cell.forward(zeros([1, 4]))).toThrow('expected [batch, 2] or without batch, got [1, 4]');
    }
  });

  test('options out of range', () => {
    expect(() => new GRU(2, 3, { dropout: 2 })).toThrow('GRU: dropout must lie in [0, 1], got 2');
    expect(() => new LSTM(2, 3, { projSize: 3 })).toThrow('LSTM: projSize must be less than 3, got 3');
  });
});

describe('one field for any recurrent layer', () => {
  const layers: [string, () => RNN | LSTM | GRU][] = [
    ['RNN', () => new RNN(2, 3)],
    ['LSTM', () => new LSTM(2, 3)],
    ['GRU', () => new GRU(2, 3)],
  ];

  test.each(layers)('%s: outputs are what the inputs are', (_, make) => {
    const layer = make();
    const x = randn([4, 1, 2]);
    const [padded] = layer.forward(x);
    const [packed] = layer.forward(packSequence([x.squeeze(1)]));
    expectTypeOf(padded).toEqualTypeOf<Tensor>();
    expectTypeOf(packed).toEqualTypeOf<PackedSequence>();
    expect(toArraySync(packed.data)).toEqual(toArraySync(padded.squeeze(1)));
  });

  test('states keep their types', () => {
    const [fromParameter, h] = new GRU(2, 3).forward(new Parameter(randn([4, 1, 2])));
    const [, state] = new LSTM(2, 3).forward(randn([4, 1, 2]));
    expectTypeOf(fromParameter).toEqualTypeOf<Tensor>();
    expectTypeOf(h).toEqualTypeOf<Tensor>();
    expectTypeOf(state).toEqualTypeOf<readonly [h: Tensor, c: Tensor]>();
    expect([h.shape, state.map((part) => part.shape)]).toEqual([
      [1, 1, 3],
      [
        [1, 1, 3],
        [1, 1, 3],
      ],
    ]);
  });
});
