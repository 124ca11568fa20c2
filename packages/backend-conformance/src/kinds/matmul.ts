import type { Kernel } from '@gradus/backend';
import { type DType, isFloat, Layout, type Shape } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import type { Place } from '../execute.ts';
import {
  arrangements,
  inputOperand,
  type Operand,
  outputArrangements,
  outputOperand,
  relaid,
  valueOf,
} from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance } from '../tolerance.ts';

function matmul(a: Operand, b: Operand, output: Operand, accumulate: boolean): (place: Place) => Kernel {
  return (place) => ({ kind: 'matmul', a: place(a), b: place(b), output: place(output), accumulate });
}

/** rows, depth, columns: edges of every tile size, vectors, and products over nothing. */
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [2, 3, 4],
  [1, 9, 1],
  [1, 8, 33],
  [33, 8, 1],
  [5, 1, 7],
  [7, 13, 11],
  [16, 16, 16],
  [31, 33, 37],
  [3, 0, 2],
  [0, 3, 2],
  [2, 3, 0],
];

const types: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16', 'int32', 'uint32', 'int8', 'uint8'];

function factor(dtype: DType): (random: Random) => number {
  return isFloat(dtype) ? (random) => random.between(-1, 1) : valueOf(dtype);
}

const sizeCases: ConformanceCase[] = types.flatMap((dtype) =>
  [false, true].map((accumulate) => ({
    name: `matmul: ${dtype} of every size and layout${accumulate ? ', accumulating' : ''}`,
    dtypes: [dtype],
    async run(backend) {
      const random = new Random(51);
      for (const [rows, depth, columns] of sizes) {
        for (const arrangement of arrangements) {
          const a = inputOperand(random, dtype, [rows, depth], arrangement, factor(dtype));
          const b = inputOperand(random, dtype, [depth, columns], random.pick(arrangements), factor(dtype));
          const target = random.pick(outputArrangements);
          const make = accumulate ? inputOperand : outputOperand;
          const output = make(random, dtype, [rows, columns], target);
          const note = `${rows}x${depth}x${columns}, ${arrangement} -> ${target}`;
          const tolerance = sumTolerance(dtype, depth + 1, 3);
          await compare(backend, matmul(a, b, output, accumulate), { outputs: [output], tolerance, note });
        }
      }
    },
  })),
);

const batches: readonly Shape[] = [[3], [2, 3], [1, 4], [0], [2, 1, 2]];

const batchCases: ConformanceCase[] = (['float32', 'float64', 'int32'] as const).map((dtype) => ({
  name: `matmul: ${dtype} in batches`,
  dtypes: [dtype],
  async run(backend) {
    const random = new Random(53);
    for (const batch of batches) {
      for (const [rows, depth, columns] of [
        [2, 3, 4],
        [9, 17, 5],
      ] as const) {
        for (const arrangement of arrangements) {
          const a = inputOperand(random, dtype, [...batch, rows, depth], arrangement, factor(dtype));
          const b = inputOperand(random, dtype, [...batch, depth, columns], random.pick(arrangements), factor(dtype));
          const output = outputOperand(random, dtype, [...batch, rows, columns], random.pick(outputArrangements));
          const tolerance = sumTolerance(dtype, depth, 1);
          await compare(backend, matmul(a, b, output, false), { outputs: [output], tolerance, note: arrangement });
        }
      }
    }
  },
}));

/** A factor [n, rows, columns] that is one matrix for the whole batch. */
function shared(random: Random, dtype: DType, batch: number, rows: number, columns: number): Operand {
  const single = inputOperand(random, dtype, [rows, columns], 'contiguous', factor(dtype));
  return relaid(single, new Layout([batch, rows, columns], [0, columns, 1]));
}

const broadcast: ConformanceCase = {
  name: 'matmul: one factor for the whole batch',
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(55);
    const many = (rows: number, columns: number): Operand =>
      inputOperand(random, 'float32', [6, rows, columns], 'contiguous', factor('float32'));
    for (const [rows, depth, columns] of [
      [3, 4, 5],
      [20, 30, 40],
    ] as const) {
      const pairs: readonly (readonly [Operand, Operand])[] = [
        [shared(random, 'float32', 6, rows, depth), many(depth, columns)],
        [many(rows, depth), shared(random, 'float32', 6, depth, columns)],
      ];
      for (const [a, b] of pairs) {
        const output = outputOperand(random, 'float32', [6, rows, columns]);
        await compare(backend, matmul(a, b, output, false), {
          outputs: [output],
          tolerance: sumTolerance('float32', depth),
        });
      }
    }
  },
};

const special: ConformanceCase = {
  name: 'matmul: NaN and infinities stay in their rows and columns',
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(57);
    for (const n of [5, 41]) {
      const a = inputOperand(random, 'float32', [n, n], 'contiguous', factor('float32'));
      const b = inputOperand(random, 'float32', [n, n], 'contiguous', factor('float32'));
      a.memory.content[n - 1] = Number.NaN;
      b.memory.content[2] = Number.POSITIVE_INFINITY;
      const output = outputOperand(random, 'float32', [n, n]);
      await compare(backend, matmul(a, b, output, false), { outputs: [output], tolerance: sumTolerance('float32', n) });
    }
  },
};

const large: ConformanceCase = {
  name: 'matmul: 300 x 257 x 129 and a depth of 1100, transposed too',
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(59);
    for (const [rows, depth, columns] of [
      [300, 257, 129],
      [9, 1100, 10],
    ] as const) {
      for (const arrangement of ['contiguous', 'permuted'] as const) {
        const a = inputOperand(random, 'float32', [rows, depth], arrangement, factor('float32'));
        const b = inputOperand(random, 'float32', [depth, columns], arrangement, factor('float32'));
        const output = outputOperand(random, 'float32', [rows, columns]);
        const tolerance = sumTolerance('float32', depth);
        await compare(backend, matmul(a, b, output, false), { outputs: [output], tolerance });
      }
    }
  },
};

export const matmulCases: readonly ConformanceCase[] = [...sizeCases, ...batchCases, broadcast, special, large];
