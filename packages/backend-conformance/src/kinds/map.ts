import { expressions as build, coordinate, type Expression, input, uniform } from '@gradus/backend';
import { type DType, dtypes, isFloat, type Shape } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare, type Expectation } from '../compare.ts';
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
import { map } from './map-kernel.ts';

const layoutTypes: readonly DType[] = ['float32', 'int32', 'float64', 'uint8', 'int8', 'bool', 'float16', 'bfloat16'];

const layoutCases: ConformanceCase[] = layoutTypes.flatMap((dtype) =>
  arrangements.map((arrangement) => ({
    name: `map: ${dtype} ${arrangement} inputs of every rank`,
    dtypes: [dtype],
    async run(backend) {
      const random = new Random(arrangement.length);
      for (const shape of shapes) {
        const second = random.pick(arrangements);
        const target = random.pick(outputArrangements);
        const inputs = [inputOperand(random, dtype, shape, arrangement), inputOperand(random, dtype, shape, second)];
        const output = outputOperand(random, dtype, shape, target);
        const root =
          dtype === 'bool' ? build.or(input(0, dtype), input(1, dtype)) : build.sub(input(0, dtype), input(1, dtype));
        const note = `${arrangement} - ${second} -> ${target}`;
        await compare(backend, map([root], inputs, [output]), { outputs: [output], note });
      }
    },
  })),
);

const aliasCases: ConformanceCase[] = outputArrangements.map((arrangement) => ({
  name: `map: in place, ${arrangement}`,
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(3);
    for (const shape of shapes) {
      const target = inputOperand(random, 'float32', shape, arrangement);
      const other = inputOperand(random, 'float32', shape, random.pick(arrangements));
      const root = build.add(build.mul(input(0, 'float32'), 2), input(1, 'float32'));
      await compare(backend, map([root], [target, other], [target]), { outputs: [target] });
    }
  },
}));

const severalOutputs: ConformanceCase = {
  name: 'map: several outputs, computed before any is stored',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(5);
    for (const arrangement of outputArrangements) {
      const shape: Shape = [3, 4, 2];
      const layoutOf = new Random(9);
      const [a, b] = [0, 1].map(() => inputOperand(random, 'float32', shape, arrangement)) as [Operand, Operand];
      const count = outputOperand(layoutOf, 'int32', shape);
      const [x, y] = [input(0, 'float32'), input(1, 'float32')];
      const roots = [build.add(x, y), build.sub(x, y), build.cast(build.mul(x, 10), 'int32')];
      await compare(backend, map(roots, [a, b], [a, b, count]), { outputs: [a, b, count], note: arrangement });
    }
  },
};

const manyOperands: ConformanceCase = {
  name: 'map: six inputs and four outputs',
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(6);
    const inputs = Array.from({ length: 6 }, () => inputOperand(random, 'float32', [5, 6], random.pick(arrangements)));
    const outputs = Array.from({ length: 4 }, () => outputOperand(random, 'float32', [5, 6]));
    const x = inputs.map((_, k) => input(k, 'float32')) as [
      Expression,
      Expression,
      Expression,
      Expression,
      Expression,
      Expression,
    ];
    const roots = [build.add(x[0], x[1]), build.mul(x[2], x[3]), build.max(x[4], x[5]), build.sub(x[0], x[5])];
    await compare(backend, map(roots, inputs, outputs), { outputs });
  },
};

const coordinates: ConformanceCase = {
  name: 'map: coordinates and uniforms',
  dtypes: ['float32', 'int32'],
  async run(backend) {
    const random = new Random(11);
    for (const shape of shapes.filter((s) => s.length > 0)) {
      for (const arrangement of outputArrangements) {
        const source = inputOperand(random, 'float32', shape, random.pick(arrangements));
        const output = outputOperand(random, 'float32', shape, arrangement);
        const steps = shape.map((_, axis) => build.cast(build.mul(coordinate(axis), axis + 1), 'float32'));
        const sum = steps.reduce((a, b) => build.add(a, b), build.mul(input(0, 'float32'), uniform(0, 'float32')));
        const root = build.add(sum, build.cast(uniform(1, 'int32'), 'float32'));
        const kernel = map([root], [source], [output], [0.25, -7], ['float32', 'int32']);
        await compare(backend, kernel, { outputs: [output], note: arrangement });
      }
    }
  },
};

const fills: ConformanceCase[] = dtypes.map((dtype) => ({
  name: `map: fill ${dtype} with a number of the launch`,
  dtypes: [dtype],
  async run(backend) {
    const random = new Random(12);
    for (const value of isFloat(dtype) ? [1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY] : [0, 1]) {
      const output = outputOperand(random, dtype, [3, 5], 'stepped');
      await compare(backend, map([uniform(0, dtype)], [], [output], [value], [dtype]), { outputs: [output] });
    }
  },
}));

const deepExpressions: ConformanceCase = {
  name: 'map: deep expressions, and shared ones computed once',
  dtypes: ['float32'],
  async run(backend) {
    const x = input(0, 'float32');
    const source = operandOf('float32', [4], [1, 2, 3, 4]);
    let chain: Expression = x;
    for (let i = 0; i < 300; i++) chain = build.add(chain, 1);
    let doubled: Expression = x;
    for (let i = 0; i < 40; i++) doubled = build.add(doubled, doubled);
    const check = async (root: Expression, values: number[]): Promise<void> => {
      const output = outputOperand(new Random(1), 'float32', [4]);
      await compare(backend, map([root], [source], [output]), { outputs: [output], values });
    };
    await check(chain, [301, 302, 303, 304]);
    await check(
      doubled,
      [1, 2, 3, 4].map((v) => v * 2 ** 40),
    );
  },
};

const large: ConformanceCase = {
  name: 'map: a million elements, contiguous and transposed',
  dtypes: ['float32'],
  async run(backend) {
    const random = new Random(13);
    const shape: Shape = [1009, 997];
    for (const arrangement of ['contiguous', 'permuted'] as const) {
      const source = inputOperand(random, 'float32', shape, arrangement);
      const output = outputOperand(random, 'float32', shape);
      const { content } = source.memory;
      const [rowStride, stride] = source.layout.strides as [number, number];
      const values = Float64Array.from({ length: (shape[0] as number) * (shape[1] as number) }, (_, i) => {
        const row = Math.floor(i / 997);
        return 2 * (content[row * rowStride + (i - row * 997) * stride] as number) + 1;
      });
      const root = build.add(build.mul(input(0, 'float32'), 2), 1);
      const expectation: Expectation = { outputs: [output], values };
      await compare(backend, map([root], [source], [output]), expectation);
    }
  },
};

/** How maps walk their operands. */
export const mapCases: readonly ConformanceCase[] = [
  ...layoutCases,
  ...aliasCases,
  severalOutputs,
  manyOperands,
  coordinates,
  ...fills,
  deepExpressions,
  large,
];
