import type { Backend, Kernel, ScatterCombine } from '@gradus/backend';
import { type DType, IndexError, isFloat, Layout, type Shape, sizeOf } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { assertUntouched, compare } from '../compare.ts';
import { execute, type Place } from '../execute.ts';
import {
  type Arrangement,
  arrangements,
  inputOperand,
  type Operand,
  operandOf,
  outputArrangements,
  outputOperand,
  relaid,
} from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, toleranceOf } from '../tolerance.ts';

function gather(source: Operand, index: Operand, output: Operand, axis: number): (place: Place) => Kernel {
  return (place) => ({ kind: 'gather', source: place(source), index: place(index), output: place(output), axis });
}

function scatter(
  output: Operand,
  index: Operand,
  source: Operand,
  axis: number,
  combine: ScatterCombine,
): (place: Place) => Kernel {
  return (place) => ({
    kind: 'scatter',
    output: place(output),
    index: place(index),
    source: place(source),
    axis,
    combine,
  });
}

const types: readonly DType[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int32',
  'uint32',
  'uint8',
  'int8',
  'bool',
];
const indexShapes: readonly Shape[] = [[7], [3, 4], [2, 5, 3], [2, 3, 2, 2], [1], [0], [2, 0]];
const combines: readonly ScatterCombine[] = ['replace', 'sum', 'prod', 'max', 'min'];

/** The shape that is indexed: another size along the axis, and more than enough along the others. */
function indexedShape(shape: Shape, axis: number): Shape {
  return shape.map((n, i) => (i === axis ? 5 : n + (i % 2)));
}

function indices(random: Random, shape: Shape, size: number, arrangement: Arrangement): Operand {
  return inputOperand(random, 'int32', shape, arrangement, (r) => r.integer(0, size - 1));
}

const gatherTypeCases: ConformanceCase[] = types.map((dtype) => ({
  name: `gather: ${dtype} along every axis, of every layout`,
  dtypes: [dtype, 'int32'],
  async run(backend) {
    const random = new Random(61);
    for (const shape of indexShapes) {
      for (let axis = 0; axis < shape.length; axis++) {
        for (const arrangement of arrangements) {
          const source = inputOperand(random, dtype, indexedShape(shape, axis), random.pick(arrangements));
          const index = indices(random, shape, 5, arrangement);
          const output = outputOperand(random, dtype, shape, random.pick(outputArrangements));
          await compare(backend, gather(source, index, output, axis), { outputs: [output], note: `axis ${axis}` });
        }
      }
    }
  },
}));

/** One index per row of a table, as embedding and index_select use it. */
function rowIndex(random: Random, rows: number, columns: number, size: number): Operand {
  const index = inputOperand(random, 'int32', [rows], 'contiguous', (r) => r.integer(0, size - 1));
  return relaid(index, new Layout([rows, columns], [1, 0]));
}

const rows: ConformanceCase = {
  name: 'gather and scatter: whole rows by one index each',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(63);
    const table = inputOperand(random, 'float32', [50, 33]);
    const index = rowIndex(random, 200, 33, 50);
    const output = outputOperand(random, 'float32', [200, 33]);
    await compare(backend, gather(table, index, output, 0), { outputs: [output] });
    const gradient = inputOperand(random, 'float32', [200, 33]);
    const tolerance = sumTolerance('float32', 20, 3);
    for (const combine of combines) {
      const sums = inputOperand(random, 'float32', [50, 33], 'permuted');
      await compare(backend, scatter(sums, index, gradient, 0, combine), { outputs: [sums], tolerance, note: combine });
    }
  },
};

const scatterTypeCases: ConformanceCase[] = combines.flatMap((combine) =>
  types.map((dtype) => ({
    name: `scatter: ${combine} ${dtype}, duplicates in order`,
    dtypes: [dtype, 'int32'],
    async run(backend) {
      const random = new Random(65);
      const value = isFloat(dtype) && combine === 'prod' ? (r: Random): number => r.between(0.7, 1.3) : undefined;
      // float16 and bfloat16 are rounded after every step here and maybe once elsewhere.
      const tolerance = combine === 'sum' ? sumTolerance(dtype, 8, 3) : toleranceOf(dtype);
      for (const shape of indexShapes) {
        for (let axis = 0; axis < shape.length; axis++) {
          const output = inputOperand(random, dtype, indexedShape(shape, axis), random.pick(outputArrangements), value);
          const index = indices(random, shape, 5, random.pick(arrangements));
          const source = inputOperand(random, dtype, shape, random.pick(arrangements), value);
          const note = `axis ${axis}`;
          await compare(backend, scatter(output, index, source, axis, combine), { outputs: [output], tolerance, note });
        }
      }
    },
  })),
);

/** How often a long line's indices name one place: always, unequally often, or never twice. */
const repetitions: readonly {
  readonly name: string;
  readonly index: (i: number, n: number, random: Random) => number;
}[] = [
  { name: 'all equal', index: () => 3 },
  { name: 'a few places most of the time', index: (_, n, random) => Math.floor(n ** random.between(0, 1)) - 1 },
  { name: 'runs of many lengths', index: (i) => Math.floor(Math.sqrt(i)) },
  { name: 'no duplicates', index: (i, n) => (i * 1009) % n },
];

/** Lines of n elements along an axis, and the same with one index for a whole row. */
const longShapes: readonly { readonly shape: Shape; readonly axis: number; readonly byRow: boolean }[] = [
  { shape: [2500], axis: 0, byRow: false },
  { shape: [3, 700], axis: 1, byRow: false },
  { shape: [700, 5], axis: 0, byRow: true },
];

const longScatterCases: ConformanceCase[] = combines.flatMap((combine) =>
  (['float32', 'float16', 'int32', 'uint8', 'bool'] as const).map((dtype) => ({
    name: `scatter: ${combine} ${dtype} along long lines, of any number of duplicates`,
    dtypes: [dtype, 'int32'],
    async run(backend) {
      const random = new Random(66);
      // Sums and products of these are exact.
      const value = (r: Random): number => (combine === 'prod' ? (r.integer(0, 1) === 0 ? -1 : 1) : r.integer(-1, 1));
      for (const { name, index: place } of repetitions) {
        for (const { shape, axis, byRow } of longShapes) {
          const n = shape[axis] as number;
          const indexShape = byRow ? [n] : shape;
          let i = 0;
          const one = inputOperand(random, 'int32', indexShape, 'contiguous', (r) => place(i++ % n, n, r));
          const index = byRow ? relaid(one, new Layout(shape, [1, 0])) : one;
          const source = inputOperand(random, dtype, shape, random.pick(arrangements), value);
          const output = inputOperand(random, dtype, shape, random.pick(outputArrangements), value);
          const note = `${name}, [${shape}]`;
          await compare(backend, scatter(output, index, source, axis, combine), { outputs: [output], note });
        }
      }
    },
  })),
);

const deterministic: ConformanceCase = {
  name: 'scatter: many duplicates give the same bits every time',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(67);
    const n = 5000;
    const index = indices(random, [n], 7, 'contiguous');
    const source = inputOperand(random, 'float32', [n]);
    for (const combine of ['sum', 'replace'] as const) {
      const output = operandOf('float32', [7], new Float64Array(7));
      const results = new Set<string>();
      for (let run = 0; run < 3; run++) {
        const after = await execute(backend, scatter(output, index, source, 0, combine));
        results.add(String(after.get(output.memory)));
      }
      if (results.size > 1) throw new Error(`${combine}: ${[...results].join(' then ')}`);
      const tolerance = sumTolerance('float32', n, 3);
      await compare(backend, scatter(output, index, source, 0, combine), { outputs: [output], tolerance });
    }
  },
};

const outOfRange: ConformanceCase = {
  name: 'gather and scatter: an index out of range is an IndexError or harmless, and never touches other memory',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(69);
    for (const bad of [-1, 4, 1_000_000, -2147483648]) {
      // The tensor lies in the middle of its memory, with neighbours on both sides.
      const around = inputOperand(random, 'float32', [12]);
      const inside = relaid(around, new Layout([4], [1], 4));
      const index = operandOf('int32', [3], [1, bad, 2]);
      const source = inputOperand(random, 'float32', [3]);
      const output = outputOperand(random, 'float32', [3]);
      await guarded(backend, gather(inside, index, output, 0), output);
      for (const combine of combines) await guarded(backend, scatter(inside, index, source, 0, combine), inside);
    }
  },
};

async function guarded(backend: Backend, kernelOf: (place: Place) => Kernel, output: Operand): Promise<void> {
  const after = await execute(backend, kernelOf).catch((error: unknown) => {
    if (error instanceof IndexError) return executeAround(backend, kernelOf, output);
    throw error;
  });
  assertUntouched(after, [output], 'out of range');
}

/** What an error leaves in memory: the same launch with its error caught, so that memory can be read. */
function executeAround(
  backend: Backend,
  kernelOf: (place: Place) => Kernel,
  output: Operand,
): ReturnType<typeof execute> {
  return execute(backend, (place) => {
    try {
      backend.launch(kernelOf(place));
    } catch (error) {
      if (!(error instanceof IndexError)) throw error;
    }
    return nothing(place(output));
  });
}

/** A launch without elements: a gather of nothing from a view. */
function nothing(view: ReturnType<Place>): Kernel {
  const empty = { ...view, layout: new Layout([0], [1]) };
  return {
    kind: 'scatter',
    output: empty,
    index: { ...empty, dtype: 'int32' },
    source: empty,
    axis: 0,
    combine: 'replace',
  };
}

const large: ConformanceCase = {
  name: 'gather: a hundred thousand elements',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(71);
    const shape: Shape = [317, 331];
    const source = inputOperand(random, 'float32', [1000, 331], 'permuted');
    const index = indices(random, shape, 1000, 'contiguous');
    const output = outputOperand(random, 'float32', shape);
    const [rowStride, stride] = source.layout.strides as [number, number];
    const values = Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
      const place = (index.memory.content[at] as number) * rowStride + (at % 331) * stride;
      return source.memory.content[place] as number;
    });
    await compare(backend, gather(source, index, output, 0), { outputs: [output], values });
  },
};

export const indexingCases: readonly ConformanceCase[] = [
  ...gatherTypeCases,
  ...scatterTypeCases,
  ...longScatterCases,
  rows,
  deterministic,
  outOfRange,
  large,
];
