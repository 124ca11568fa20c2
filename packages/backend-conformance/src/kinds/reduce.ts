import {
  expressions as build,
  coordinate,
  type Expression,
  type Fold,
  foldDType,
  input,
  meanProgram,
  plainReduceProgram,
  reduceProgram,
} from '@gradus/backend';
import { type DType, isFloat, type Shape, sizeOf } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import { arrangements, inputOperand, operandOf, outputArrangements, outputOperand, shapes } from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, type Tolerance, toleranceOf } from '../tolerance.ts';
import { reduce, reducedShape } from './reduce-kernel.ts';

const folds: readonly Fold[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'];
const foldTypes: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16', 'int32', 'uint32', 'uint8', 'int8'];

/** All axes, each alone, and the outer ones. */
function axesOf(rank: number): readonly (readonly number[])[] {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return [all, ...all.map((axis) => [axis]), all.slice(0, -1), all.filter((axis) => axis % 2 === 0)];
}

function toleranceFor(fold: Fold, dtype: DType, terms: number): Tolerance {
  if (fold === 'sum') return sumTolerance(dtype, terms, 3);
  return fold === 'prod' ? { ...toleranceOf(dtype), relative: toleranceOf(dtype).relative * 4 } : toleranceOf(dtype);
}

/** A product of many small numbers is below a type's smallest normal number: factors are near 1. */
function factor(fold: Fold, dtype: DType): ((random: Random) => number) | undefined {
  return fold === 'prod' && isFloat(dtype) ? (random) => random.between(0.7, 1.3) * random.pick([1, -1]) : undefined;
}

const foldCases: ConformanceCase[] = folds.flatMap((fold) =>
  foldTypes.map((dtype) => ({
    name: `reduce: ${fold} ${dtype} over all kinds of axes and layouts`,
    dtypes: [dtype, 'int32'],
    async run(backend) {
      const random = new Random(folds.indexOf(fold));
      const program = plainReduceProgram(fold, dtype);
      for (const shape of shapes) {
        if (sizeOf(shape) === 0 && fold !== 'sum' && fold !== 'prod') continue;
        for (const axes of axesOf(shape.length)) {
          const arrangement = random.pick(arrangements);
          const source = inputOperand(random, dtype, shape, arrangement, factor(fold, dtype));
          const target = reducedShape(shape, axes);
          const output = outputOperand(random, foldDType(fold, program.body), target, random.pick(outputArrangements));
          const tolerance = toleranceFor(fold, dtype, sizeOf(shape));
          const note = `${arrangement} over ${axes}`;
          await compare(backend, reduce({ program, inputs: [source], output, axes }), {
            outputs: [output],
            tolerance,
            note,
          });
        }
      }
    },
  })),
);

const indexCases: ConformanceCase[] = (['max', 'min'] as const).flatMap((fold) =>
  (['float32', 'float64', 'int32', 'uint8'] as const).map((dtype) => ({
    name: `reduce: ${fold} ${dtype} with the first index among equals`,
    dtypes: [dtype, 'int32'],
    async run(backend) {
      const random = new Random(21);
      for (const shape of shapes.filter((s) => sizeOf(s) > 0)) {
        for (const axes of axesOf(shape.length)) {
          const source = inputOperand(random, dtype, shape, random.pick(arrangements), (r) => r.integer(0, 3));
          const target = reducedShape(shape, axes);
          const output = outputOperand(random, dtype, target, random.pick(outputArrangements));
          const indices = outputOperand(random, 'int32', target, random.pick(outputArrangements));
          const kernel = reduce({ program: plainReduceProgram(fold, dtype), inputs: [source], output, axes, indices });
          await compare(backend, kernel, { outputs: [output, indices], note: `over ${axes}` });
        }
      }
    },
  })),
);

const nanCases: ConformanceCase[] = (['float32', 'float64'] as const).flatMap((dtype) =>
  folds.map((fold) => ({
    name: `reduce: ${fold} ${dtype} with NaN and infinities`,
    dtypes: [dtype, 'int32'],
    async run(backend) {
      const { NaN: nan, POSITIVE_INFINITY: high, NEGATIVE_INFINITY: low } = Number;
      const rows = [
        [1, nan, 3, nan, 5],
        [high, 1, 2, 3, 4],
        [low, low, low, low, low],
        [high, low, 0, 0, 0],
        [nan, nan, nan, nan, nan],
        [1, 2, 3, 4, high],
      ];
      const program = plainReduceProgram(fold, dtype);
      for (const axis of [0, 1]) {
        const source = operandOf(dtype, [6, 5], rows.flat());
        const output = outputOperand(new Random(1), foldDType(fold, program.body), reducedShape([6, 5], [axis]));
        await compare(backend, reduce({ program, inputs: [source], output, axes: [axis] }), { outputs: [output] });
      }
    },
  })),
);

const emptyCases: ConformanceCase[] = folds.slice(0, 4).map((fold) => ({
  name: `reduce: ${fold} of nothing`,
  dtypes: ['float32', 'int32'],
  async run(backend) {
    for (const dtype of ['float32', 'int32'] as const) {
      const source = operandOf(dtype, [3, 0], []);
      const output = outputOperand(new Random(1), dtype, [3, 1]);
      const program = plainReduceProgram(fold, dtype);
      await compare(backend, reduce({ program, inputs: [source], output, axes: [1] }), { outputs: [output] });
    }
  },
}));

const bodies: ConformanceCase = {
  name: 'reduce: a body over several inputs, and a finish with a uniform',
  dtypes: ['float32', 'float64'],
  async run(backend) {
    const random = new Random(31);
    for (const dtype of ['float32', 'float64'] as const) {
      const [x, y] = [input(0, dtype), input(1, dtype)];
      const distance = build.mul(build.sub(x, y), build.sub(x, y));
      const programs = [
        reduceProgram([dtype, dtype], [], 'sum', distance, build.sqrt(input(0, dtype))),
        reduceProgram([dtype, dtype], [], 'max', build.mul(x, y), build.exp(build.neg(input(0, dtype)))),
      ];
      for (const program of programs) {
        for (const axes of axesOf(3)) {
          const shape: Shape = [4, 3, 6];
          const inputs = [random.pick(arrangements), 'broadcast' as const].map((a) =>
            inputOperand(random, dtype, shape, a),
          );
          const output = outputOperand(random, dtype, reducedShape(shape, axes));
          const tolerance = sumTolerance(dtype, 72, 9);
          await compare(backend, reduce({ program, inputs, output, axes }), { outputs: [output], tolerance });
        }
      }
      const source = inputOperand(random, dtype, [7, 5]);
      const output = outputOperand(random, dtype, [7, 1]);
      const mean = reduce({ program: meanProgram(dtype), inputs: [source], output, axes: [1], uniforms: [1 / 5] });
      await compare(backend, mean, { outputs: [output], note: 'mean' });
    }
  },
};

const coordinates: ConformanceCase = {
  name: 'reduce: a body that reads coordinates',
  dtypes: ['float32', 'int32', 'bool'],
  async run(backend) {
    const x = input(0, 'float32');
    const onOrBelow: Expression = build.select(build.ge(coordinate(0), coordinate(1)), x, 0);
    const program = reduceProgram(['float32'], [], 'sum', onOrBelow);
    const random = new Random(33);
    for (const axes of axesOf(2)) {
      const source = inputOperand(random, 'float32', [6, 7], random.pick(arrangements));
      const output = outputOperand(random, 'float32', reducedShape([6, 7], axes));
      const tolerance = sumTolerance('float32', 42, 3);
      await compare(backend, reduce({ program, inputs: [source], output, axes }), { outputs: [output], tolerance });
    }
  },
};

const precision: ConformanceCase = {
  name: 'reduce: a million float32 terms lose no digits',
  dtypes: ['float32'],
  async run(backend) {
    // Added one by one in float32, 0.1 a million times gives 100958.34; pairwise or blocked sums stay within 1e-6.
    const n = 1_000_003;
    const source = operandOf('float32', [n], new Float64Array(n).fill(0.1));
    const output = outputOperand(new Random(1), 'float32', [1]);
    const kernel = reduce({ program: plainReduceProgram('sum', 'float32'), inputs: [source], output, axes: [0] });
    const tolerance = { relative: 2e-6, absolute: 0 };
    await compare(backend, kernel, { outputs: [output], values: [n * Math.fround(0.1)], tolerance });
  },
};

const large: ConformanceCase = {
  name: 'reduce: tall and wide matrices along both axes',
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(35);
    for (const shape of [
      [1030, 257],
      [3, 40001],
      [40001, 3],
    ] as const) {
      const [rows, columns] = shape;
      const source = inputOperand(random, 'float32', shape);
      for (const axis of [0, 1]) {
        const values = new Float64Array(axis === 0 ? columns : rows);
        source.memory.content.forEach((value, at) => {
          const to = axis === 0 ? at % columns : Math.floor(at / columns);
          values[to] = (values[to] as number) + value;
        });
        const output = outputOperand(random, 'float32', reducedShape(shape, [axis]));
        const kernel = reduce({
          program: plainReduceProgram('sum', 'float32'),
          inputs: [source],
          output,
          axes: [axis],
        });
        const tolerance = sumTolerance('float32', shape[axis] as number, 3);
        await compare(backend, kernel, { outputs: [output], values, tolerance });
      }
    }
  },
};

export const reduceCases: readonly ConformanceCase[] = [
  ...foldCases,
  ...indexCases,
  ...nanCases,
  ...emptyCases,
  bodies,
  coordinates,
  precision,
  large,
];
