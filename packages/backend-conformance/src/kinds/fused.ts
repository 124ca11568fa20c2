import type { ConvolutionGeometry, Kernel, WindowGeometry } from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight, maxPool } from '@gradus/backend/nn';
import { type DType, type Shape, sizeOf } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import type { Place } from '../execute.ts';
import {
  arrangements,
  inputOperand,
  type Operand,
  operandOf,
  outputArrangements,
  outputOperand,
  shapes,
} from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, toleranceOf } from '../tolerance.ts';

// The interpreter has no fused kernels: what it runs is their decomposition, so each case compares the two.

const floats: readonly DType[] = ['float32', 'float64', 'float16'];

const softmaxCases: ConformanceCase[] = floats.flatMap((dtype) =>
  [false, true].map((log) => ({
    name: `fused: ${log ? 'log ' : ''}softmax ${dtype} along every axis`,
    dtypes: [dtype],
    async run(backend) {
      const random = new Random(91);
      for (const shape of shapes.filter((s) => s.length > 0 && sizeOf(s) > 0)) {
        for (let axis = 0; axis < shape.length; axis++) {
          const input = inputOperand(random, dtype, shape, random.pick(arrangements), (r) => r.between(-9, 9));
          const output = outputOperand(random, dtype, shape, random.pick(outputArrangements));
          const kernel = (place: Place): Kernel => ({
            kind: 'fused',
            name: 'softmax',
            input: place(input),
            output: place(output),
            axis,
            log,
          });
          // The decomposition rounds its intermediates to the dtype.
          const { relative, absolute } = toleranceOf(dtype);
          const tolerance = { relative: 4 * relative, absolute: 4 * absolute };
          await compare(backend, kernel, { outputs: [output], tolerance, note: `axis ${axis}` });
        }
      }
    },
  })),
);

const softmaxExtremes: ConformanceCase = {
  name: 'fused: softmax of large numbers, infinities and NaN',
  dtypes: ['float32'],
  async run(backend) {
    const { NaN: nan, POSITIVE_INFINITY: high, NEGATIVE_INFINITY: low } = Number;
    const input = operandOf('float32', [4, 3], [1e4, 1e4, 9999, low, 0, 1, low, low, low, 1, nan, high]);
    for (const log of [false, true]) {
      const output = outputOperand(new Random(1), 'float32', [4, 3]);
      const kernel = (place: Place): Kernel => ({
        kind: 'fused',
        name: 'softmax',
        input: place(input),
        output: place(output),
        axis: 1,
        log,
      });
      await compare(backend, kernel, { outputs: [output] });
    }
  },
};

interface Convolution {
  readonly input: Shape;
  readonly weight: Shape;
  readonly geometry: ConvolutionGeometry;
}

function geometry(rank: number, options: Partial<ConvolutionGeometry> = {}): ConvolutionGeometry {
  const all = (n: number): number[] => new Array<number>(rank).fill(n);
  return { stride: all(1), padding: all(0), dilation: all(1), groups: 1, ...options };
}

const convolutions: readonly Convolution[] = [
  { input: [2, 3, 9], weight: [4, 3, 3], geometry: geometry(1, { padding: [1], stride: [2] }) },
  { input: [2, 3, 6, 7], weight: [4, 3, 3, 2], geometry: geometry(2) },
  { input: [1, 2, 5, 5], weight: [3, 2, 3, 3], geometry: geometry(2, { padding: [2, 1], stride: [2, 1] }) },
  {
    input: [3, 4, 7, 6],
    weight: [6, 2, 2, 3],
    geometry: geometry(2, { groups: 2, dilation: [2, 1], padding: [1, 2] }),
  },
  { input: [2, 4, 4, 4], weight: [4, 1, 3, 3], geometry: geometry(2, { groups: 4, padding: [1, 1] }) },
  { input: [2, 3, 4, 5], weight: [5, 3, 1, 1], geometry: geometry(2) },
  { input: [1, 2, 4, 3, 5], weight: [2, 2, 2, 2, 3], geometry: geometry(3, { padding: [1, 0, 1] }) },
  { input: [0, 2, 5, 5], weight: [3, 2, 3, 3], geometry: geometry(2) },
];

function outputShape({ input, weight, geometry: { stride, padding, dilation } }: Convolution): Shape {
  return [input[0] as number, weight[0] as number, ...positions(input, weight.slice(2), { stride, padding, dilation })];
}

function positions(input: Shape, window: Shape, { stride, padding, dilation }: WindowGeometry): number[] {
  return window.map((size, i) => {
    const reach = (dilation[i] as number) * (size - 1) + 1;
    return Math.floor(((input[i + 2] as number) + 2 * (padding[i] as number) - reach) / (stride[i] as number)) + 1;
  });
}

const convolutionNames = ['convolution', 'convolutionInput', 'convolutionWeight'] as const;

const convolutionCases: ConformanceCase[] = convolutionNames.flatMap((name) =>
  floats.map((dtype) => ({
    name: `fused: ${name} ${dtype} in one to three dimensions`,
    dtypes: [dtype],
    async run(backend) {
      const random = new Random(93);
      for (const each of convolutions) {
        for (const arrangement of arrangements) {
          const { kernel, output } = convolutionKernel(name, each, dtype, random, arrangement);
          const terms = sizeOf(each.weight.slice(1)) * 8;
          const tolerance = sumTolerance(dtype, terms, 4);
          await compare(backend, kernel, { outputs: [output], tolerance, note: `${each.input} ${arrangement}` });
        }
      }
    },
  })),
);

function convolutionKernel(
  name: (typeof convolutionNames)[number],
  each: Convolution,
  dtype: DType,
  random: Random,
  arrangement: (typeof arrangements)[number],
): { readonly kernel: (place: Place) => Kernel; readonly output: Operand } {
  const { input, weight, geometry: how } = each;
  const given = (shape: Shape) => inputOperand(random, dtype, shape, arrangement, (r) => r.between(-1, 1));
  const written = (shape: Shape) => outputOperand(random, dtype, shape, random.pick(outputArrangements));
  const shape = outputShape(each);
  const operands = {
    convolution: () => [given(input), given(weight), written(shape)],
    convolutionInput: () => [given(shape), given(weight), written(input)],
    convolutionWeight: () => [given(shape), given(input), written(weight)],
  };
  const [a, b, output] = operands[name]() as [Operand, Operand, Operand];
  const kernel = (place: Place): Kernel => {
    const rest = { output: place(output), geometry: how };
    if (name === 'convolution') return convolution({ input: place(a), weight: place(b), ...rest });
    if (name === 'convolutionInput') return convolutionInput({ gradient: place(a), weight: place(b), ...rest });
    return convolutionWeight({ gradient: place(a), input: place(b), ...rest });
  };
  return { kernel, output };
}

const pools: readonly { readonly input: Shape; readonly window: Shape; readonly geometry: WindowGeometry }[] = [
  { input: [2, 3, 9], window: [3], geometry: geometry(1, { stride: [2], padding: [1] }) },
  { input: [2, 3, 6, 8], window: [2, 2], geometry: geometry(2, { stride: [2, 2] }) },
  { input: [1, 2, 7, 6], window: [3, 2], geometry: geometry(2, { stride: [2, 1], padding: [1, 1], dilation: [2, 1] }) },
  { input: [1, 2, 4, 4, 5], window: [2, 2, 2], geometry: geometry(3, { stride: [2, 1, 2], padding: [1, 0, 0] }) },
];

const poolCases: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: maxPool ${dtype} in one to three dimensions, with indices`,
  dtypes: [dtype, 'int32'],
  async run(backend) {
    const random = new Random(95);
    for (const { input: shape, window, geometry: how } of pools) {
      for (const arrangement of arrangements) {
        // Few different values, so that the first among equals matters.
        const input = inputOperand(random, dtype, shape, arrangement, (r) => r.integer(-2, 2));
        const target = [...shape.slice(0, 2), ...positions(shape, window, how)];
        const output = outputOperand(random, dtype, target, random.pick(outputArrangements));
        const indices = outputOperand(random, 'int32', target, random.pick(outputArrangements));
        const kernel = (place: Place): Kernel =>
          maxPool({ input: place(input), output: place(output), indices: place(indices), window, geometry: how });
        await compare(backend, kernel, { outputs: [output, indices], note: `${shape} ${arrangement}` });
      }
    }
  },
}));

export const fusedCases: readonly ConformanceCase[] = [
  ...softmaxCases,
  softmaxExtremes,
  ...convolutionCases,
  ...poolCases,
];
