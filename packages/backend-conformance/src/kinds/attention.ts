import type { Kernel, View } from '@gradus/backend';
import { attention, attentionBackward } from '@gradus/backend/nn';
import { type DType, expand, type Layout, type Shape, type TypedArray } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';
import { compare, reference } from '../compare.ts';
import { execute, type Place } from '../execute.ts';
import { inputOperand, type Operand, outputArrangements, outputOperand, relaid } from '../operand.ts';
import { Random } from '../random.ts';
import { sumTolerance, type Tolerance } from '../tolerance.ts';

// What the interpreter runs is the decomposition, so each case compares the two.

const floats: readonly DType[] = ['float32', 'float64', 'float16'];

interface Sizes {
  readonly batch: Shape;
  readonly queries: number;
  readonly keys: number;
  readonly features: number;
  readonly width: number;
}

/** Vectors of one element, odd sizes, more keys than queries and fewer, sizes across the edges of blocks, wide heads. */
const sizes: readonly Sizes[] = [
  { batch: [], queries: 1, keys: 1, features: 1, width: 1 },
  { batch: [2], queries: 5, keys: 7, features: 3, width: 4 },
  { batch: [2, 2], queries: 9, keys: 6, features: 8, width: 5 },
  { batch: [1, 2], queries: 8, keys: 8, features: 8, width: 8 },
  { batch: [], queries: 29, keys: 27, features: 9, width: 10 },
  { batch: [], queries: 3, keys: 70, features: 3, width: 11 },
  { batch: [2], queries: 35, keys: 31, features: 130, width: 150 },
];

const masks = ['none', 'causal', 'bool', 'float', 'bool for all queries', 'causal and float'] as const;
type Mask = (typeof masks)[number];

function maskOperand(random: Random, dtype: DType, mask: Mask, { batch, queries, keys }: Sizes): Operand | null {
  if (mask === 'none' || mask === 'causal') return null;
  const shape = [...batch, queries, keys];
  // Now and then a key is out of sight; a query may see none at all.
  const hidden = (r: Random): number => (r.next() < 0.1 ? Number.NEGATIVE_INFINITY : r.between(-1, 1));
  if (mask !== 'bool for all queries') {
    const isBool = mask === 'bool';
    return inputOperand(random, isBool ? 'bool' : dtype, shape, random.pick(outputArrangements), (r) =>
      isBool ? r.integer(0, 1) : hidden(r),
    );
  }
  const row = inputOperand(random, 'bool', [1, keys], 'contiguous', (r) => (r.next() < 0.8 ? 1 : 0));
  return relaid(row, expand(row.layout, shape) as Layout);
}

function operandsOf(random: Random, dtype: DType, { batch, queries, keys, features, width }: Sizes, arranged: boolean) {
  const some = (rows: number, columns: number): Operand => {
    const arrangement = arranged ? random.pick(outputArrangements) : 'contiguous';
    return inputOperand(random, dtype, [...batch, rows, columns], arrangement, (r) => r.between(-2, 2));
  };
  return {
    query: some(queries, features),
    key: some(keys, features),
    value: some(keys, width),
    gradient: some(queries, width),
  };
}

/** The decomposition rounds its intermediates to the dtype. */
function toleranceFor(dtype: DType, { queries, keys, features }: Sizes): Tolerance {
  const { relative, absolute } = sumTolerance(dtype, Math.max(queries, keys, features), 8);
  return { relative: 8 * relative, absolute };
}

/** Runs `body` for all sizes and masks, contiguous and otherwise. */
async function forAll(
  seed: number,
  body: (random: Random, size: Sizes, mask: Mask, arranged: boolean) => Promise<void>,
): Promise<void> {
  const random = new Random(seed);
  for (const size of sizes) {
    for (const mask of masks) for (const arranged of [false, true]) await body(random, size, mask, arranged);
  }
}

function geometryOf(mask: Mask, { features }: Sizes): { readonly scale: number; readonly causal: boolean } {
  return { scale: 1 / Math.sqrt(features), causal: mask.startsWith('causal') };
}

interface Inputs {
  readonly query: Operand;
  readonly key: Operand;
  readonly value: Operand;
  readonly mask: Operand | null;
}

/** The output and the logarithms of sums. */
function resultOperands(random: Random, dtype: DType, { batch, queries, width }: Sizes, arranged: boolean): Operand[] {
  return [width, 1].map((columns) => {
    const arrangement = arranged ? random.pick(outputArrangements) : 'contiguous';
    return outputOperand(random, dtype, [...batch, queries, columns], arrangement);
  });
}

function forwardKernel(
  { query, key, value, mask }: Inputs,
  results: readonly Operand[],
  geometry: ReturnType<typeof geometryOf>,
): (place: Place) => Kernel {
  return (place) =>
    attention({
      query: place(query),
      key: place(key),
      value: place(value),
      mask: mask && place(mask),
      ...geometry,
      outputs: results.map(place) as [View, View],
    });
}

const forward: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: attention ${dtype}`,
  dtypes: [dtype],
  run: (backend) =>
    forAll(97, async (random, size, mask, arranged) => {
      const inputs = { ...operandsOf(random, dtype, size, arranged), mask: maskOperand(random, dtype, mask, size) };
      const outputs = resultOperands(random, dtype, size, arranged);
      const note = `${JSON.stringify(size)}, mask: ${mask}`;
      const tolerance = toleranceFor(dtype, size);
      await compare(backend, forwardKernel(inputs, outputs, geometryOf(mask, size)), { outputs, tolerance, note });
    }),
}));

const backward: ConformanceCase[] = floats.map((dtype) => ({
  name: `fused: backward of attention ${dtype}`,
  dtypes: [dtype],
  run: (backend) =>
    forAll(101, async (random, size, mask, arranged) => {
      const { gradient, ...operands } = operandsOf(random, dtype, size, arranged);
      const inputs = { ...operands, mask: maskOperand(random, dtype, mask, size) };
      const { query, key, value } = inputs;
      const geometry = geometryOf(mask, size);
      // A backend may compute with what the forward kernel gave, or with what that follows from.
      const unwritten = resultOperands(random, dtype, size, arranged);
      const written = await execute(reference, forwardKernel(inputs, unwritten, geometry));
      const [result, logSumExp] = unwritten.map((operand) => {
        return { ...operand, memory: { content: written.get(operand.memory) as TypedArray } };
      }) as [Operand, Operand];
      const shapes = [
        query.layout.shape,
        key.layout.shape,
        value.layout.shape,
        [...size.batch, size.queries, size.keys],
      ];
      const outputs = shapes.slice(0, mask.endsWith('float') ? 4 : 3).map((shape) => {
        return outputOperand(random, dtype, shape, arranged ? random.pick(outputArrangements) : 'contiguous');
      });
      const kernel = (place: Place): Kernel =>
        attentionBackward({
          gradient: place(gradient),
          query: place(query),
          key: place(key),
          value: place(value),
          mask: inputs.mask && place(inputs.mask),
          result: place(result),
          logSumExp: place(logSumExp),
          ...geometry,
          outputs: outputs.map(place) as [View, View, View, View],
        });
      const note = `${JSON.stringify(size)}, mask: ${mask}`;
      await compare(backend, kernel, { outputs, tolerance: toleranceFor(dtype, size), note });
    }),
}));

export const attentionCases: readonly ConformanceCase[] = [...forward, ...backward];
