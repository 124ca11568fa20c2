import type { Kernel, View } from '@gradus/backend';
import { normalization, normalizationBackward } from '@gradus/backend/nn';
import { type DType, type Shape, sizeOf } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import type { Place } from '../execute.ts';
import {
  type Arrangement,
  arrangements,
  inputOperand,
  type Operand,
  operandOf,
  outputArrangements,
  outputOperand,
} from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, type Tolerance } from '../tolerance.ts';

// What the interpreter runs is the decomposition, so each case compares the two.

const floats: readonly DType[] = ['float32', 'float64', 'float16'];

interface Normalization {
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** Of weight and bias. */
  readonly affine: Shape;
}

/** Layer norm over rows and planes, batch norm, instance norm, group norm; odd sizes, single elements, long rows, many rows. */
const normalizations: readonly Normalization[] = [
  { shape: [4, 5], axes: [1], affine: [1, 5] },
  { shape: [13], axes: [0], affine: [13] },
  { shape: [3, 1], axes: [1], affine: [1, 1] },
  { shape: [2, 3, 4, 7], axes: [2, 3], affine: [1, 1, 4, 7] },
  { shape: [9, 64], axes: [1], affine: [1, 64] },
  { shape: [1, 2, 2051], axes: [2], affine: [1, 1, 2051] },
  { shape: [600, 3], axes: [1], affine: [1, 3] },
  { shape: [6, 5], axes: [0], affine: [1, 5] },
  { shape: [4, 3, 5, 7], axes: [0, 2, 3], affine: [1, 3, 1, 1] },
  { shape: [2, 16, 9], axes: [0, 2], affine: [1, 16, 1] },
  { shape: [2, 3, 4, 4], axes: [2, 3], affine: [1, 3, 1, 1] },
  { shape: [2, 2, 3, 8], axes: [2, 3], affine: [1, 2, 3, 1] },
  { shape: [3, 4, 5], axes: [1], affine: [1, 4, 5] },
];

const affines = ['none', 'weight', 'both'] as const;

/** The decomposition rounds its intermediates to the dtype. */
function toleranceFor(dtype: DType, { shape, axes }: Normalization): Tolerance {
  const { relative, absolute } = sumTolerance(dtype, sizeOf(shape) / sizeOf(statisticShape({ shape, axes })));
  return { relative: 4 * relative, absolute: 4 * absolute };
}

function statisticShape({ shape, axes }: Pick<Normalization, 'shape' | 'axes'>): Shape {
  return shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
}

/** Contiguous operands, or some arrangement for each. */
function chooser(random: Random, arranged: boolean): (among: readonly Arrangement[]) => Arrangement {
  return (among) => (arranged ? random.pick(among) : 'contiguous');
}

/** Where three numbers of a row are nearly equal, the rounding of a narrow type's mean would decide. */
const epsOf = (dtype: DType): number => (dtype === 'float16' ? 0.5 : 1e-3);

const forward: ConformanceCase[] = floats.flatMap((dtype) =>
  [true, false].map((centred) => ({
    name: `fused: ${centred ? 'normalization' : 'normalization without a mean,'} ${dtype}`,
    dtypes: [dtype],
    async run(backend) {
      const random = new Random(83);
      for (const each of normalizations) {
        for (const affine of affines) {
          for (const arranged of [false, true]) {
            const choose = chooser(random, arranged);
            const value = (r: Random): number => r.between(-2, 4);
            const input = inputOperand(random, dtype, each.shape, choose(outputArrangements), value);
            const [weight, bias] = [0, 1].map(() => inputOperand(random, dtype, each.affine, choose(arrangements))) as [
              Operand,
              Operand,
            ];
            const output = outputOperand(random, dtype, each.shape, choose(outputArrangements));
            const statistics = (centred ? [0, 1] : [0]).map(() => {
              return outputOperand(random, dtype, statisticShape(each), choose(outputArrangements));
            });
            const outputs = [output, ...statistics];
            const kernel = (place: Place): Kernel =>
              normalization({
                input: place(input),
                weight: affine === 'none' ? null : place(weight),
                bias: affine === 'both' ? place(bias) : null,
                axes: each.axes,
                eps: epsOf(dtype),
                outputs: outputs.map(place) as [View, View, View],
              });
            const note = `${each.shape} over ${each.axes}, affine: ${affine}`;
            await compare(backend, kernel, { outputs, tolerance: toleranceFor(dtype, each), note });
          }
        }
      }
    },
  })),
);

const backward: ConformanceCase[] = floats.flatMap((dtype) =>
  [true, false].map((centred) => ({
    name: `fused: backward of normalization${centred ? '' : ' without a mean'}, ${dtype}`,
    dtypes: [dtype],
    async run(backend) {
      const random = new Random(89);
      for (const each of normalizations) {
        for (const wanted of [1, 2, 3]) {
          for (const arranged of [false, true]) {
            const choose = chooser(random, arranged);
            const some = (shape: Shape, low: number, high: number): Operand =>
              inputOperand(random, dtype, shape, choose(outputArrangements), (r) => r.between(low, high));
            const [gradient, input] = [some(each.shape, -1, 1), some(each.shape, -1, 1)];
            const [variance, mean] = [some(statisticShape(each), 0.5, 2), some(statisticShape(each), -0.5, 0.5)];
            const weight = some(each.affine, -1, 1);
            const outputs = [each.shape, each.affine, each.affine]
              .slice(0, wanted)
              .map((shape) => outputOperand(random, dtype, shape, choose(outputArrangements)));
            const kernel = (place: Place): Kernel =>
              normalizationBackward({
                gradient: place(gradient),
                input: place(input),
                weight: wanted === 1 && arranged ? null : place(weight),
                variance: place(variance),
                mean: centred ? place(mean) : null,
                axes: each.axes,
                eps: epsOf(dtype),
                outputs: outputs.map(place) as [View, View, View],
              });
            const { relative, absolute } = sumTolerance(dtype, sizeOf(each.shape));
            const tolerance = { relative: 4 * relative, absolute: 4 * absolute };
            const note = `${each.shape} over ${each.axes}, ${wanted} wanted`;
            await compare(backend, kernel, { outputs, tolerance, note });
          }
        }
      }
    },
  })),
);

const extremes: ConformanceCase = {
  name: 'fused: normalization of NaN, infinities, large and equal numbers',
  dtypes: ['float32'],
  async run(backend) {
    const { NaN: nan, POSITIVE_INFINITY: high } = Number;
    const rows = [1, nan, 2, 3, 4, high, 1, 2, 3, 4, 1e15, -1e15, 0, 1e15, 1, 7, 7, 7, 7, 7];
    for (const axis of [0, 1]) {
      const input = operandOf('float32', [4, 5], rows);
      const statistic = [4, 5].map((n, i) => (i === axis ? 1 : n));
      const outputs = [[4, 5], statistic, statistic].map((shape) => outputOperand(new Random(3), 'float32', shape));
      const kernel = (place: Place): Kernel =>
        normalization({
          input: place(input),
          weight: null,
          bias: null,
          axes: [axis],
          eps: 1e-3,
          outputs: outputs.map(place) as [View, View, View],
        });
      await compare(backend, kernel, { outputs, note: `axis ${axis}` });
    }
  },
};

export const normalizationCases: readonly ConformanceCase[] = [...forward, ...backward, extremes];
