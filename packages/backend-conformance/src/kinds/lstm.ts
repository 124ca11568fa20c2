import type { Kernel, View } from '@gradus/backend';
import { lstm, lstmBackward } from '@gradus/backend/nn';
import type { DType, Shape } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import type { Place } from '../execute.ts';
import { inputOperand, type Operand, outputArrangements, outputOperand } from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, type Tolerance } from '../tolerance.ts';

// What the interpreter runs is the decomposition, so each case compares the two.

const floats: readonly DType[] = ['float32', 'float64', 'float16'];

/** Steps, sequences, width. */
const sizes: readonly (readonly [steps: number, batch: number, width: number])[] = [
  [1, 1, 1],
  [3, 2, 5],
  [5, 7, 4],
  [2, 3, 17],
];

/** Sums of products, step upon step. */
function toleranceFor(dtype: DType, steps: number, batch: number, width: number): Tolerance {
  const { relative, absolute } = sumTolerance(dtype, steps * batch * width);
  return { relative: 8 * relative, absolute: 8 * absolute };
}

interface Trial {
  readonly random: Random;
  readonly reverse: boolean;
  readonly dtype: DType;
  input(shape: Shape, size?: number): Operand;
  output(shape: Shape): Operand;
}

/** Runs `body` in both directions, over contiguous operands and others. */
async function inAllWays(
  dtype: DType,
  seed: number,
  body: (trial: Trial, ...size: readonly [steps: number, batch: number, width: number]) => Promise<void>,
): Promise<void> {
  const random = new Random(seed);
  for (const size of sizes) {
    for (const reverse of [false, true]) {
      for (const arranged of [false, true]) {
        const arrangement = (): (typeof outputArrangements)[number] =>
          arranged ? random.pick(outputArrangements) : 'contiguous';
        const trial: Trial = {
          random,
          reverse,
          dtype,
          input: (shape, reach = 1) =>
            inputOperand(random, dtype, shape, arrangement(), (r) => r.between(-reach, reach)),
          output: (shape) => outputOperand(random, dtype, shape, arrangement()),
        };
        await body(trial, ...size);
      }
    }
  }
}

const forward: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: lstm ${dtype}`,
  dtypes: [dtype],
  run: (backend) =>
    inAllWays(dtype, 107, async ({ input, output, reverse }, steps, batch, width) => {
      const x = input([steps, batch, 4 * width], 2);
      const [weight, hidden, cell] = [input([4 * width, width]), input([batch, width]), input([batch, width])];
      const outputs = [width, width, 4 * width].map((n) => output([steps, batch, n]));
      const kernel = (place: Place): Kernel =>
        lstm({
          input: place(x),
          weight: place(weight),
          hidden: place(hidden),
          cell: place(cell),
          reverse,
          outputs: outputs.map(place) as [View, View, View],
        });
      const note = `${steps} steps of [${batch}, ${width}]${reverse ? ', reverse' : ''}`;
      await compare(backend, kernel, { outputs, tolerance: toleranceFor(dtype, steps, batch, width), note });
    }),
}));

const backward: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: backward of lstm ${dtype}`,
  dtypes: [dtype],
  run: (backend) =>
    inAllWays(dtype, 109, async ({ random, input, output, reverse }, steps, batch, width) => {
      const [ofHidden, ofCells] = [random.integer(0, 1), random.integer(0, 1)].map((given) =>
        given === 0 ? null : input([steps, batch, width]),
      ) as [Operand | null, Operand | null];
      const [weight, hidden, cell] = [input([4 * width, width]), input([batch, width]), input([batch, width])];
      const results = [width, width, 4 * width].map((n) => input([steps, batch, n]));
      const shapes = [[steps, batch, 4 * width], weight.layout.shape, hidden.layout.shape, cell.layout.shape];
      const outputs = shapes.map(output);
      const kernel = (place: Place): Kernel =>
        lstmBackward({
          ofHidden: ofHidden && place(ofHidden),
          ofCells: ofCells && place(ofCells),
          weight: place(weight),
          hidden: place(hidden),
          cell: place(cell),
          reverse,
          results: results.map(place) as [View, View, View],
          outputs: outputs.map(place) as [View, View, View, View],
        });
      const note = `${steps} steps of [${batch}, ${width}]${reverse ? ', reverse' : ''}`;
      await compare(backend, kernel, { outputs, tolerance: toleranceFor(dtype, steps, batch, width), note });
    }),
}));

export const lstmCases: readonly ConformanceCase[] = [...forward, ...backward];
