import { expressions as build, type Expression, input, opNode, type ScalarOpName, scalarOps } from '@gradus/backend';
import '@gradus/backend/special';
import { type DType, dtypes, isFloat, isIntegral, limitsOf } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare } from '../compare.ts';
import { inputOperand, type Operand, operandOf, outputOperand, valueOf } from '../operand.ts';
import { Random } from '../random.ts';
import { exact } from '../tolerance.ts';
import { map } from './map-kernel.ts';
import { domainOf, dtypesOf } from './scalar-domains.ts';

/** Values that an operation treats specially, and their neighbours. */
const specials = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** The nodes' dtypes for an operation over operands of `dtype`. */
function leavesOf(op: ScalarOpName, dtype: DType): Expression[] {
  return Array.from({ length: scalarOps[op].arity }, (_, k) => input(k, op === 'select' && k === 0 ? 'bool' : dtype));
}

const opNames = Object.keys(scalarOps) as ScalarOpName[];

const scalarCases: ConformanceCase[] = opNames.flatMap((op) =>
  dtypesOf(op).map((dtype) => ({
    name: `map: ${op} ${dtype}`,
    dtypes: [dtype, 'bool'],
    async run(backend) {
      const random = new Random(opNames.indexOf(op));
      const leaves = leavesOf(op, dtype);
      const inputs = leaves.map((leaf, k) =>
        inputOperand(random, leaf.dtype, [97], 'contiguous', scalarValue(op, k, leaf.dtype)),
      );
      const root = opNode(op, leaves);
      const output = outputOperand(random, root.dtype, [97]);
      await compare(backend, map([root], inputs, [output]), { outputs: [output] });
    },
  })),
);

function scalarValue(op: ScalarOpName, k: number, dtype: DType): (random: Random) => number {
  if (isFloat(dtype)) {
    const [low, high] = domainOf(op, k);
    return (random) => random.between(low, high);
  }
  // A shift count beyond the type's bits shifts everything out.
  return (op === 'shl' || op === 'shr') && k === 1 ? (random) => random.integer(0, 35) : valueOf(dtype);
}

const specialCases: ConformanceCase[] = (['float32', 'float64'] as const).flatMap((dtype) =>
  opNames
    .filter((op) => dtypesOf(op).includes(dtype))
    .map((op) => ({
      name: `map: ${op} ${dtype} at NaN, infinities and zeros`,
      dtypes: [dtype, 'bool'],
      async run(backend) {
        const leaves = leavesOf(op, dtype);
        const n = specials.length;
        const inputs = leaves.map((leaf, k) =>
          operandOf(
            leaf.dtype,
            [n * n],
            Array.from({ length: n * n }, (_, i) => {
              const value = specials[k % 2 === 0 ? i % n : Math.floor(i / n)] as number;
              return leaf.dtype === 'bool' ? i % 2 : value;
            }),
          ),
        );
        const root = opNode(op, leaves);
        const output = outputOperand(new Random(1), root.dtype, [n * n]);
        await compare(backend, map([root], inputs, [output]), { outputs: [output] });
      },
    })),
);

const signCases: ConformanceCase[] = (['float32', 'float64', 'float16', 'bfloat16'] as const).map((dtype) => ({
  name: `map: ${dtype} keeps the sign of zero`,
  dtypes: [dtype],
  async run(backend) {
    const x = input(0, dtype);
    const source = operandOf(dtype, [specials.length], specials);
    for (const root of [x, build.neg(x), build.mul(x, build.abs(x)), build.copysign(build.abs(x), x)]) {
      const output = outputOperand(new Random(1), dtype, [specials.length]);
      await compare(backend, map([root], [source], [output]), { outputs: [output], signedZeros: true });
    }
  },
}));

const castCases: ConformanceCase[] = dtypes.flatMap((from) =>
  dtypes
    .filter((to) => to !== from)
    .map((to) => ({
      name: `map: cast ${from} to ${to}`,
      dtypes: [from, to],
      async run(backend) {
        const source = inputOperand(new Random(7), from, [64], 'contiguous', castValue(from, to));
        const output = outputOperand(new Random(8), to, [64]);
        await compare(backend, map([build.cast(input(0, from), to)], [source], [output]), { outputs: [output] });
      },
    })),
);

/** Values whose cast is defined: a float that an integer type can't hold has no meaning in C or PyTorch. */
function castValue(from: DType, to: DType): (random: Random) => number {
  if (isIntegral(from)) return valueOf(from);
  if (isFloat(to) || to === 'bool') return (random) => (random.next() < 0.2 ? 0 : random.between(-100, 100));
  const { min, max } = limitsOf(to);
  return (random) => random.between(Math.max(min, -100), Math.min(max, 100));
}

const wrapping: ConformanceCase = {
  name: 'map: integers wrap',
  dtypes: ['int32', 'uint32'],
  async run(backend) {
    const values = [2147483647, -2147483648, 65537, -1, 123456789, 0];
    for (const dtype of ['int32', 'uint32'] as const) {
      const [a, b] = [values, values.slice().reverse()].map((list) => operandOf(dtype, [6], list)) as [
        Operand,
        Operand,
      ];
      const [x, y] = [input(0, dtype), input(1, dtype)];
      for (const root of [build.add(x, y), build.sub(x, y), build.mul(x, y), build.neg(x), build.div(x, y)]) {
        const output = outputOperand(new Random(1), dtype, [6]);
        await compare(backend, map([root], [a, b], [output]), { outputs: [output], tolerance: exact });
      }
    }
  },
};

/** What scalar operations and casts compute, value by value. */
export const scalarOpCases: readonly ConformanceCase[] = [
  ...scalarCases,
  ...specialCases,
  ...signCases,
  ...castCases,
  wrapping,
];
