import type { Kernel } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import { execute, type Place } from '../execute.ts';
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

interface Sorting {
  readonly input: Operand;
  readonly values: Operand;
  readonly indices: Operand;
  readonly axis: number;
  readonly descending: boolean;
  readonly stable: boolean;
}

function sort({ input, values, indices, ...rest }: Sorting): (place: Place) => Kernel {
  return (place) => ({ kind: 'sort', input: place(input), values: place(values), indices: place(indices), ...rest });
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
const orders = [false, true];

const typeCases: ConformanceCase[] = types.flatMap((dtype) =>
  orders.map((descending) => ({
    name: `sort: ${dtype} ${descending ? 'descending' : 'ascending'}, stable, along every axis`,
    dtypes: [dtype, 'int32'],
    async run(backend) {
      const random = new Random(81);
      for (const shape of shapes.filter((s) => s.length > 0)) {
        for (let axis = 0; axis < shape.length; axis++) {
          const input = inputOperand(random, dtype, shape, random.pick(arrangements), (r) =>
            r.integer(0, dtype === 'bool' ? 1 : 4),
          );
          const values = outputOperand(random, dtype, shape, random.pick(outputArrangements));
          const indices = outputOperand(random, 'int32', shape, random.pick(outputArrangements));
          const kernel = sort({ input, values, indices, axis, descending, stable: true });
          await compare(backend, kernel, { outputs: [values, indices], note: `axis ${axis}` });
        }
      }
    },
  })),
);

const nanCases: ConformanceCase[] = orders.map((descending) => ({
  name: `sort: NaN is the largest, ${descending ? 'descending' : 'ascending'}`,
  dtypes: ['float32', 'float64', 'int32'],
  async run(backend) {
    const row = [3, Number.NaN, Number.NEGATIVE_INFINITY, 0, -0, Number.POSITIVE_INFINITY, Number.NaN, -1];
    for (const dtype of ['float32', 'float64'] as const) {
      const input = operandOf(dtype, [8], row);
      const values = outputOperand(new Random(1), dtype, [8]);
      const indices = outputOperand(new Random(1), 'int32', [8]);
      const kernel = sort({ input, values, indices, axis: 0, descending, stable: true });
      await compare(backend, kernel, { outputs: [values, indices] });
    }
  },
}));

const large: ConformanceCase = {
  name: 'sort: a long line, stable',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const n = 20_011;
    const input = inputOperand(new Random(83), 'float32', [n], 'contiguous', (r) => r.integer(0, 5000));
    const values = outputOperand(new Random(1), 'float32', [n]);
    const indices = outputOperand(new Random(1), 'int32', [n]);
    const kernel = sort({ input, values, indices, axis: 0, descending: false, stable: true });
    await compare(backend, kernel, { outputs: [values, indices] });
  },
};

const unstable: ConformanceCase = {
  name: 'sort: without stability the indices still lead to the values',
  dtypes: ['int32'],
  async run(backend) {
    const n = 1000;
    const input = inputOperand(new Random(85), 'int32', [n], 'contiguous', (r) => r.integer(0, 20));
    const values = outputOperand(new Random(1), 'int32', [n]);
    const indices = outputOperand(new Random(1), 'int32', [n]);
    const kernel = sort({ input, values, indices, axis: 0, descending: true, stable: false });
    const expected = Array.from(input.memory.content).sort((a, b) => b - a);
    await compare(backend, kernel, { outputs: [values, indices], values: expected });
    const after = await execute(backend, kernel);
    const places = Array.from(after.get(indices.memory) ?? []);
    const sorted = after.get(values.memory);
    if (new Set(places).size !== n) throw new Error('an index appears twice');
    places.forEach((place, at) => {
      if (input.memory.content[place] !== sorted?.[at])
        throw new Error(`index ${place} at ${at} leads to another value`);
    });
  },
};

export const sortCases: readonly ConformanceCase[] = [...typeCases, ...nanCases, large, unstable];
