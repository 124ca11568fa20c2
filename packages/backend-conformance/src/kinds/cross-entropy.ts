import type { CrossEntropyGeometry, Kernel, View } from '@gradus/backend';
import { crossEntropy, crossEntropyBackward } from '@gradus/backend/nn';
import { type DType, decoderOf, type Shape, sizeOf } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import type { Place } from '../execute.ts';
import { inputOperand, type Operand, operandOf, outputArrangements, outputOperand, positionsOf } from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, type Tolerance } from '../tolerance.ts';

// What the interpreter runs is the decomposition, so each case compares the two.

const floats: readonly DType[] = ['float32', 'float64'];

/** Rows of neighbours and rows across memory; odd sizes, one class, one row, long rows, many rows. */
const inputs: readonly (readonly [shape: Shape, axis: number])[] = [
  [[4, 5], 1],
  [[13], 0],
  [[3, 1], 1],
  [[2, 7, 3], 1],
  [[2, 4, 3, 5], 1],
  [[5, 6], 0],
  [[9, 64], 1],
  [[1, 2051], 1],
  [[2, 5003], 1],
  [[9001, 2], 1],
];

/** Whether classes have weights, and how much labels are smoothed. */
const options = [
  [false, 0],
  [true, 0],
  [false, 0.2],
  [true, 0.1],
] as const;

const reductions = ['none', 'sum', 'mean'] as const;

/** An input with its targets, some of which are ignored. */
interface Trial extends CrossEntropyGeometry {
  readonly random: Random;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The shape with size 1 along the classes. */
  readonly rows: Shape;
  /** What the loss is: per row, the sum or the mean. */
  readonly reduction: (typeof reductions)[number];
  readonly input: Operand;
  readonly target: Operand;
  readonly weight: Operand | null;
  operand(shape: Shape, low: number, high: number): Operand;
  output(shape: Shape): Operand;
}

async function inAllWays(
  dtype: DType,
  seed: number,
  body: (trial: Trial, note: string) => Promise<void>,
): Promise<void> {
  const random = new Random(seed);
  for (const [i, [shape, axis]] of inputs.entries()) {
    for (const [k, [weighted, smoothing]] of options.entries()) {
      const reduction = reductions[(i + k) % reductions.length] as Trial['reduction'];
      const arranged = random.next() < 0.5;
      const arrangement = (): (typeof outputArrangements)[number] =>
        arranged ? random.pick(outputArrangements) : 'contiguous';
      const operand = (of: Shape, low: number, high: number): Operand =>
        inputOperand(random, dtype, of, arrangement(), (r) => r.between(low, high));
      const classes = shape[axis] as number;
      const rows = shape.map((n, i) => (i === axis ? 1 : n));
      const ignoreIndex = random.pick([-100, 0, classes]);
      const someClass = (r: Random): number => (r.next() < 0.2 ? ignoreIndex : r.integer(0, classes - 1));
      const weights = shape.map((n, i) => (i === axis ? n : 1));
      const trial: Trial = {
        ...{ random, dtype, shape, rows, reduction, axis, ignoreIndex, smoothing, operand },
        input: operand(shape, -6, 9),
        target: inputOperand(random, 'int32', rows, arrangement(), someClass),
        weight: weighted ? operand(weights, 0.5, 2) : null,
        output: (of) => outputOperand(random, dtype, of, arrangement()),
      };
      await body(trial, `${shape}, classes along ${axis}, ${reduction}${weighted ? ', weights' : ''}, ${smoothing}`);
    }
  }
}

/** A sum over all rows, and over all classes where labels are smoothed. */
function toleranceFor({ dtype, shape }: Trial): Tolerance {
  const { relative, absolute } = sumTolerance(dtype, sizeOf(shape), 8);
  return { relative: 4 * relative, absolute };
}

const forward: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: cross entropy ${dtype}`,
  dtypes: [dtype, 'int32'],
  run: (backend) =>
    inAllWays(dtype, 113, async (trial, note) => {
      const { input, target, weight, rows, reduction, axis, ignoreIndex, smoothing } = trial;
      const ones = rows.map(() => 1);
      const shapes = [reduction === 'none' ? rows : ones, rows, rows, ...(reduction === 'mean' ? [ones] : [])];
      const outputs = shapes.map(trial.output);
      const kernel = (place: Place): Kernel =>
        crossEntropy({
          ...{ axis, ignoreIndex, smoothing },
          input: place(input),
          target: place(target),
          weight: weight && place(weight),
          outputs: outputs.map(place) as [View, View, View],
        });
      await compare(backend, kernel, { outputs, tolerance: toleranceFor(trial), note });
    }),
}));

const backward: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: backward of cross entropy, ${dtype}`,
  dtypes: [dtype, 'int32'],
  run: (backend) =>
    inAllWays(dtype, 127, async (trial, note) => {
      const { input, target, weight, rows, shape, reduction, axis, ignoreIndex, smoothing } = trial;
      const gradient = trial.operand(reduction === 'none' ? rows : [], -1, 1);
      const [highest, sum] = statistics(trial);
      const total = reduction === 'mean' ? trial.operand([], 1, 9) : null;
      const output = trial.output(shape);
      const kernel = (place: Place): Kernel =>
        crossEntropyBackward({
          ...{ axis, ignoreIndex, smoothing },
          gradient: place(gradient),
          input: place(input),
          target: place(target),
          weight: weight && place(weight),
          highest: place(highest),
          sum: place(sum),
          total: total && place(total),
          outputs: [place(output)],
        });
      await compare(backend, kernel, { outputs: [output], note });
    }),
}));

/** Each row's largest element, and the sum of exp(element - highest). */
function statistics({ input, dtype, shape, rows, axis }: Trial): readonly [Operand, Operand] {
  const decode = decoderOf(dtype);
  const values = positionsOf(input.layout).map((at) => decode(input.memory.content[at] as number));
  const [classes, inner] = [shape[axis] as number, sizeOf(shape.slice(axis + 1))];
  const ofRows = Array.from({ length: sizeOf(rows) }, (_, row) => {
    const start = Math.floor(row / inner) * classes * inner + (row % inner);
    return Array.from({ length: classes }, (_, c) => values[start + c * inner] as number);
  });
  const highest = ofRows.map((row) => Math.max(...row));
  const sums = ofRows.map((row, i) => row.reduce((sum, x) => sum + Math.exp(x - (highest[i] as number)), 0));
  return [operandOf(dtype, rows, highest), operandOf(dtype, rows, sums)];
}

const extremes: ConformanceCase = {
  name: 'fused: cross entropy of NaN, infinities and large numbers',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const { NaN: nan, POSITIVE_INFINITY: high, NEGATIVE_INFINITY: low } = Number;
    const rows = [1e4, 1e4, 9999, low, 0, 1, low, 0, 1, low, low, low, 1, nan, 2, high, 1, 2];
    const targets = [2, 1, 0, 1, 0, 1];
    for (const ignoreIndex of [-100, 0]) {
      for (const smoothing of [0, 0.1]) {
        const [input, target] = [operandOf('float32', [6, 3], rows), operandOf('int32', [6, 1], targets)];
        const outputs = [0, 1, 2].map(() => outputOperand(new Random(5), 'float32', [6, 1]));
        const kernel = (place: Place): Kernel =>
          crossEntropy({
            ...{ axis: 1, ignoreIndex, smoothing, weight: null },
            input: place(input),
            target: place(target),
            outputs: outputs.map(place) as [View, View, View],
          });
        await compare(backend, kernel, { outputs, note: `ignoring ${ignoreIndex}, smoothing ${smoothing}` });
      }
    }
  },
};

export const crossEntropyCases: readonly ConformanceCase[] = [...forward, ...backward, extremes];
