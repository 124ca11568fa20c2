import type { Kernel, ScanOp } from '@gradus/backend';
import { type DType, isFloat, sizeOf } from '@gradus/storage';
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

function scan(op: ScanOp, input: Operand, output: Operand, axis: number, indices?: Operand): (place: Place) => Kernel {
  return (place) => ({
    kind: 'scan',
    op,
    input: place(input),
    output: place(output),
    axis,
    ...(indices === undefined ? {} : { indices: place(indices) }),
  });
}

const ops: readonly ScanOp[] = ['sum', 'prod', 'max', 'min', 'logsumexp'];
const types: readonly DType[] = ['float32', 'float64', 'float16', 'int32', 'uint32', 'uint8', 'int8'];

const opCases: ConformanceCase[] = ops.flatMap((op) =>
  types
    .filter((dtype) => op !== 'logsumexp' || isFloat(dtype))
    .map((dtype) => ({
      name: `scan: ${op} ${dtype} along every axis`,
      dtypes: [dtype, 'int32'],
      async run(backend) {
        const random = new Random(ops.indexOf(op));
        const value = op === 'prod' && isFloat(dtype) ? (r: Random): number => r.between(0.7, 1.3) : undefined;
        const tolerance = op === 'sum' ? sumTolerance(dtype, 64, 3) : toleranceOf(dtype);
        for (const shape of shapes.filter((s) => s.length > 0)) {
          for (let axis = 0; axis < shape.length; axis++) {
            const source = inputOperand(random, dtype, shape, random.pick(arrangements), value);
            const output = outputOperand(random, dtype, shape, random.pick(outputArrangements));
            await compare(backend, scan(op, source, output, axis), {
              outputs: [output],
              tolerance,
              note: `axis ${axis}`,
            });
          }
        }
      },
    })),
);

const indexCases: ConformanceCase[] = (['max', 'min'] as const).map((op) => ({
  name: `scan: ${op} with the index of the last among equals`,
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(41);
    for (const shape of shapes.filter((s) => s.length > 0 && sizeOf(s) > 0)) {
      for (let axis = 0; axis < shape.length; axis++) {
        const source = inputOperand(random, 'float32', shape, random.pick(arrangements), (r) => r.integer(0, 3));
        const output = outputOperand(random, 'float32', shape, random.pick(outputArrangements));
        const indices = outputOperand(random, 'int32', shape, random.pick(outputArrangements));
        await compare(backend, scan(op, source, output, axis, indices), { outputs: [output, indices] });
      }
    }
  },
}));

const nanCases: ConformanceCase[] = ops.map((op) => ({
  name: `scan: ${op} with NaN and infinities`,
  dtypes: ['float32', 'float64'],
  async run(backend) {
    const rows = [
      [1, Number.NaN, 3, 4],
      [Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 2],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1],
    ];
    for (const dtype of ['float32', 'float64'] as const) {
      const source = operandOf(dtype, [3, 4], rows.flat());
      const output = outputOperand(new Random(1), dtype, [3, 4]);
      await compare(backend, scan(op, source, output, 1), { outputs: [output] });
    }
  },
}));

const large: ConformanceCase = {
  name: 'scan: a long line',
  dtypes: ['float32'],
  async run(backend) {
    const n = 100_003;
    const source = inputOperand(new Random(43), 'float32', [n], 'contiguous', (r) => r.integer(-4, 4));
    const output = outputOperand(new Random(44), 'float32', [n]);
    let sum = 0;
    // Whole numbers below 2^24: every partial sum is exact in float32.
    const values = Array.from(source.memory.content, (value) => {
      sum += value;
      return sum;
    });
    await compare(backend, scan('sum', source, output, 0), { outputs: [output], values });
  },
};

const longLines: ConformanceCase = {
  name: 'scan: some long lines of every kind',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(45);
    for (const shape of [
      [3, 2500],
      [5000, 2],
    ]) {
      const axis = shape.indexOf(Math.max(...shape));
      for (const op of ops) {
        const hasIndices = op === 'max' || op === 'min';
        // Few different numbers for extremes, with a NaN towards the end; products that stay about 1.
        const value = (r: Random): number => (hasIndices ? r.integer(0, 400) : r.between(0.999, 1.001));
        const source = inputOperand(random, 'float32', shape, random.pick(outputArrangements), value);
        if (hasIndices) source.memory.content[Math.floor(source.memory.content.length * 0.9)] = Number.NaN;
        const output = outputOperand(random, 'float32', shape, random.pick(outputArrangements));
        const indices = hasIndices ? outputOperand(random, 'int32', shape) : undefined;
        const outputs = indices === undefined ? [output] : [output, indices];
        const tolerance = { relative: 1e-4, absolute: 1e-4 };
        await compare(backend, scan(op, source, output, axis, indices), { outputs, tolerance, note: `${op} ${shape}` });
      }
    }
  },
};

export const scanCases: readonly ConformanceCase[] = [...opCases, ...indexCases, ...nanCases, large, longLines];
