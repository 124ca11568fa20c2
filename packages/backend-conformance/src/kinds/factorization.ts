import type { Backend, FactorizationAlgorithm, Kernel } from '@gradus/backend';
import * as linalg from '@gradus/backend/linalg';
import { BackendError, type DType, decoderOf, encoderOf, type Shape, type TypedArray } from '@gradus/storage';
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
  positionsOf,
} from '../operand.ts';
import { Random } from '../random.ts';
import { toleranceOf } from '../tolerance.ts';

const floats: readonly DType[] = ['float32', 'float64'];

/** A batch of two, none, and matrices without elements. */
const sizes: readonly Shape[] = [
  [2, 4, 4],
  [2, 5, 3],
  [2, 3, 5],
  [0, 3, 3],
  [2, 0, 3],
  [2, 3, 0],
];

/** Shapes of an algorithm's outputs for matrices [..., m, n], with the dtype where that isn't the input's. */
type Outputs = (batch: Shape, m: number, n: number) => readonly (readonly [shape: Shape, dtype?: DType])[];

/** A backend computes factorizations itself, on the host, or says that it can't. */
function runOrRefuse(
  name: string,
  dtypes: readonly DType[],
  run: (backend: Backend) => Promise<void>,
): ConformanceCase {
  return {
    name: `factorization: ${name}`,
    dtypes,
    async run(backend) {
      if (backend.supports('factorization') || backend.capabilities.syncRead) return run(backend);
      const refused = await run(backend).then(
        () => false,
        (error: unknown) => error instanceof BackendError,
      );
      if (!refused) throw new Error('neither supported nor refused with a BackendError');
    },
  };
}

function kernelOf(algorithm: FactorizationAlgorithm, inputs: readonly Operand[], outputs: readonly Operand[]) {
  return (place: Place): Kernel => ({
    kind: 'fused',
    name: 'factorization',
    algorithm,
    inputs: inputs.map(place),
    outputs: outputs.map(place),
  });
}

// Results that are unique, compared with the interpreter's.

interface Unique {
  readonly algorithm: FactorizationAlgorithm;
  readonly inputs: Outputs;
  readonly outputs: Outputs;
  /** Only for square matrices. */
  readonly square?: boolean;
}

const matrix: Outputs = (batch, m, n) => [[[...batch, m, n]]];
const reflectors: Outputs = (batch, m, n) => [[[...batch, m, n]], [[...batch, Math.min(m, n)]]];
const substitution = { inputs: systemOf, outputs: rightSide, square: true };

function systemOf(batch: Shape, m: number, n: number): ReturnType<Outputs> {
  return [[[...batch, m, n]], ...rightSide(batch, m)];
}

function rightSide(batch: Shape, m: number): ReturnType<Outputs> {
  return [[[...batch, m, 2]]];
}

const unique: readonly Unique[] = [
  {
    algorithm: linalg.lu,
    inputs: matrix,
    outputs: (batch, m, n) => [[[...batch, m, n]], [[...batch, Math.min(m, n)], 'int32'], [batch, 'int32']],
  },
  { algorithm: linalg.cholesky, inputs: matrix, outputs: (b, m) => [[[...b, m, m]], [b, 'int32']], square: true },
  { algorithm: linalg.householder, inputs: matrix, outputs: reflectors },
  { algorithm: linalg.householderProduct, inputs: reflectors, outputs: matrix },
  {
    algorithm: linalg.householderMultiply,
    inputs: (...s) => [...reflectors(...s), ...rightSide(s[0], s[1])],
    outputs: rightSide,
  },
  {
    algorithm: linalg.householderMultiplyTransposed,
    inputs: (...s) => [...reflectors(...s), ...rightSide(s[0], s[1])],
    outputs: rightSide,
  },
  { algorithm: linalg.eigvalsh, inputs: matrix, outputs: (batch, m) => [[[...batch, m]]], square: true },
  { algorithm: linalg.svdvals, inputs: matrix, outputs: (batch, m, n) => [[[...batch, Math.min(m, n)]]] },
  { algorithm: linalg.matrixExponential, inputs: matrix, outputs: matrix, square: true },
  ...[linalg.solveLower, linalg.solveUpper, linalg.solveUnitLower, linalg.solveUnitUpper].map((algorithm) => ({
    algorithm,
    ...substitution,
  })),
  {
    algorithm: linalg.ldl,
    inputs: matrix,
    outputs: (batch, m, n) => [[[...batch, m, n]], [[...batch, n], 'int32'], [batch, 'int32']],
    square: true,
  },
];

const uniqueCases: readonly ConformanceCase[] = unique.flatMap(({ algorithm, inputs, outputs, square = false }) =>
  floats.map((dtype) =>
    runOrRefuse(`${algorithm.name} ${dtype}`, [dtype, 'int32'], async (backend) => {
      const random = new Random(97);
      for (const [batch, m, n] of sizes as readonly [number, number, number][]) {
        if (square && m !== n) continue;
        for (const arrangement of outputArrangements) {
          const given = inputs([batch], m, n).map(([shape], i) => {
            const operand = inputOperand(random, dtype, shape, arrangement, (r) => r.between(-0.5, 0.5));
            if (i === 0) emphasizeDiagonal(operand);
            return operand;
          });
          const written = outputs([batch], m, n).map(([shape, type = dtype]) =>
            outputOperand(random, type, shape, random.pick(outputArrangements)),
          );
          const { relative } = toleranceOf(dtype);
          const tolerance = { relative: 10 * relative, absolute: 10 * relative };
          const note = `[${batch}, ${m}, ${n}] ${arrangement}`;
          await compare(backend, kernelOf(algorithm, given, written), { outputs: written, tolerance, note });
        }
      }
    }),
  ),
);

/** Adds to the diagonals, so that every algorithm's matrices are far from singular, and no two rows are alike. */
function emphasizeDiagonal({ memory, layout, dtype }: Operand): void {
  const [rows, columns] = layout.shape.slice(-2) as [number, number];
  const [decode, encode] = [decoderOf(dtype), encoderOf(dtype)];
  positionsOf(layout).forEach((position, at) => {
    const row = Math.floor(at / columns) % rows;
    if (row !== at % columns) return;
    memory.content[position] = encode(decode(memory.content[position] as number) + 4 + row);
  });
}

// Factors that are unique up to signs: they must multiply to the matrix, and be orthonormal.

interface Orthogonal {
  readonly algorithm: FactorizationAlgorithm;
  readonly outputs: Outputs;
  readonly square?: boolean;
  /** The product, and the matrices whose columns are orthonormal. */
  readonly recombine: (factors: readonly [Dense, Dense, Dense]) => {
    readonly product: Dense;
    readonly orthonormal: readonly Dense[];
  };
}

/** Rows of a matrix; a vector is one row. */
type Dense = readonly (readonly number[])[];

const orthogonal: readonly Orthogonal[] = [
  {
    algorithm: linalg.qr,
    outputs: (batch, m, n) => [[[...batch, m, m]], [[...batch, m, n]]],
    recombine: ([q, r]) => ({ product: multiply(q, r), orthonormal: [q] }),
  },
  {
    algorithm: linalg.eigh,
    outputs: (batch, m, n) => [[[...batch, n]], [[...batch, m, n]]],
    square: true,
    recombine: ([values, v]) => ({
      product: multiply(scale(v, values[0] as number[]), transpose(v)),
      orthonormal: [v],
    }),
  },
  {
    algorithm: linalg.svd,
    outputs: (batch, m, n) => [[[...batch, m, m]], [[...batch, Math.min(m, n)]], [[...batch, n, n]]],
    recombine: ([u, s, vt]) => ({
      product: multiply(scale(u, s[0] as number[]), vt),
      orthonormal: [u, transpose(vt)],
    }),
  },
];

const orthogonalCases: readonly ConformanceCase[] = orthogonal.flatMap((spec) =>
  floats.map((dtype) =>
    runOrRefuse(`${spec.algorithm.name} ${dtype} multiplies to the matrix`, [dtype], async (backend) => {
      const random = new Random(98);
      for (const [batch, m, n] of sizes as readonly [number, number, number][]) {
        if (spec.square === true && m !== n) continue;
        for (const arrangement of arrangements)
          await recombined(backend, spec, dtype, [batch, m, n], arrangement, random);
      }
    }),
  ),
);

async function recombined(
  backend: Backend,
  { algorithm, outputs, recombine, square = false }: Orthogonal,
  dtype: DType,
  shape: readonly [number, number, number],
  arrangement: (typeof arrangements)[number],
  random: Random,
): Promise<void> {
  const [batch, m, n] = shape;
  const given = inputOperand(random, dtype, shape, arrangement, (r) => r.between(-3, 3));
  const written = outputs([batch], m, n).map(([size]) =>
    outputOperand(random, dtype, size, random.pick(outputArrangements)),
  );
  const after = await execute(backend, kernelOf(algorithm, [given], written));
  const matrices = (operand: Operand): readonly Dense[] => matricesOf(operand, after.get(operand.memory) as TypedArray);
  const factors = written.map(matrices);
  matrices(given).forEach((a, b) => {
    const { product, orthonormal } = recombine(factors.map((all) => all[b] as Dense) as [Dense, Dense, Dense]);
    const expected = square ? a.map((row, i) => row.map((_, j) => a[Math.max(i, j)]?.[Math.min(i, j)] as number)) : a;
    const note = `${algorithm.name} [${shape}] ${arrangement}`;
    assertEqual(product, expected, dtype, `${note}: the product`);
    for (const q of orthonormal) {
      const one = q.map((_, i) => q.map((__, j) => Number(i === j)));
      assertEqual(multiply(transpose(q), q), one, dtype, `${note}: orthonormality`);
    }
  });
}

/** The matrices of a batch [b, m, n], or its vectors [b, n] as matrices of one row. */
function matricesOf({ layout, dtype }: Operand, content: TypedArray): readonly Dense[] {
  const decode = decoderOf(dtype);
  const values = positionsOf(layout).map((position) => decode(content[position] as number));
  const [batch, ...rest] = layout.shape as [number, ...number[]];
  const [rows, columns] = rest.length === 1 ? [1, rest[0] as number] : (rest as [number, number]);
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: rows }, (__, i) => values.slice((b * rows + i) * columns, (b * rows + i + 1) * columns)),
  );
}

function transpose(a: Dense): Dense {
  return (a[0] ?? []).map((_, j) => a.map((row) => row[j] as number));
}

/** Inner dimensions may differ by rows or columns that are left out. */
function multiply(a: Dense, b: Dense): Dense {
  const width = b[0]?.length ?? 0;
  return a.map((row) =>
    Array.from({ length: width }, (_, j) => b.reduce((sum, other, k) => sum + (row[k] ?? 0) * (other[j] as number), 0)),
  );
}

function scale(a: Dense, factors: readonly number[]): Dense {
  return a.map((row) => factors.map((factor, j) => factor * (row[j] as number)));
}

function assertEqual(a: Dense, b: Dense, dtype: DType, label: string): void {
  const tolerance = 50 * toleranceOf(dtype).relative;
  b.forEach((row, i) => {
    row.forEach((expected, j) => {
      const got = a[i]?.[j] ?? 0;
      if (Math.abs(got - expected) <= tolerance * (1 + Math.abs(expected))) return;
      throw new Error(`${label}: element [${i}, ${j}] is ${got}, expected ${expected}`);
    });
  });
}

// What no backend may stumble over.

const rowOrder = runOrRefuse('the order of rows that pivots make', ['int32'], async (backend) => {
  const pivots = operandOf('int32', [2, 3], [3, 3, 3, 1, 2, 3]);
  const outputs = [0, 1].map(() => outputOperand(new Random(1), 'int32', [2, 3]));
  await compare(backend, kernelOf(linalg.rowOrder, [pivots], outputs), { outputs, values: [2, 0, 1, 0, 1, 2] });
});

const ldlSolve = runOrRefuse(
  'ldlSolve float64 with blocks of one and two rows',
  ['float64', 'int32'],
  async (backend) => {
    const [factors, pivots] = [
      [0, 0, 0, 2, 0, 0, 1.5, 0.5, -2],
      [-2, -2, 3],
    ];
    const inputs = [
      operandOf('float64', [3, 3], factors),
      operandOf('int32', [3], pivots),
      operandOf('float64', [3, 1], [3, 5, 5]),
    ];
    const outputs = [outputOperand(new Random(1), 'float64', [3, 1])];
    await compare(backend, kernelOf(linalg.ldlSolve, inputs, outputs), { outputs, values: [1, 1, 1] });
  },
);

const notFinite = runOrRefuse('numbers that are not finite end in NaN', ['float32'], async (backend) => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const input = operandOf('float32', [2, 2], [1, bad, bad, 2]);
    for (const algorithm of [linalg.svdvals, linalg.eigvalsh]) {
      const outputs = [outputOperand(new Random(1), 'float32', [2])];
      const values = [Number.NaN, Number.NaN];
      await compare(backend, kernelOf(algorithm, [input], outputs), { outputs, values });
    }
  }
});

export const factorizationCases: readonly ConformanceCase[] = [
  ...uniqueCases,
  ...orthogonalCases,
  rowOrder,
  ldlSolve,
  notFinite,
];
