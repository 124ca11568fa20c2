import { coordinate, type Expression, type Fold, input, uniform } from '@gradus/backend';
import { type DType, isFloat, type Shape, sizeOf } from '@gradus/storage';
import fc from 'fast-check';
import {
  type Arrangement,
  arrangements,
  inputOperand,
  type Operand,
  outputArrangements,
  outputOperand,
  valueOf,
} from '../operand.ts';
import { Random } from '../random.ts';
import { expressionsOf, pick, type Step, stepsOf } from './expression-recipe.ts';

/** Everything that makes a launch, as small data that fast-check can shrink. */
export interface Recipe {
  readonly shape: Shape;
  readonly inputs: readonly { readonly dtype: number; readonly arrangement: Arrangement }[];
  readonly uniforms: readonly { readonly dtype: number; readonly value: number }[];
  readonly steps: readonly Step[];
  /** Of a Map: how many values it gives, and how they lie. */
  readonly outputs: readonly Arrangement[];
  /** A Reduce, where there is one. */
  readonly reduction: { readonly fold: Fold; readonly axes: number; readonly finish: readonly Step[] } | null;
  /** Whether the first output overwrites an input, if one is of its dtype. */
  readonly inPlace: boolean;
  readonly seed: number;
}

const folds: readonly Fold[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'];

/** Sizes at the edges of vectors, of strips of vectors and of lines of memory. */
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 129, 0] as const;
const MAX_SIZE = 800;

const shapes: fc.Arbitrary<Shape> = fc
  .oneof(
    { arbitrary: fc.tuple(fc.constantFrom(...sizes)), weight: 1 },
    { arbitrary: fc.array(fc.constantFrom(...sizes), { maxLength: 4, size: 'max' }), weight: 2 },
  )
  .map((shape) => shape.slice(0, prefixWithin(shape)));

/** How many axes have at most MAX_SIZE elements together. */
function prefixWithin(shape: Shape): number {
  let rank = 0;
  while (rank < shape.length && sizeOf(shape.slice(0, rank + 1)) <= MAX_SIZE) rank++;
  return rank;
}

/** Without fast-check's bias towards what is small: half of the programs would have next to no step. */
export const recipes: fc.Arbitrary<Recipe> = fc.noBias(
  fc.record({
    shape: shapes,
    inputs: fc.array(fc.record({ dtype: fc.nat(63), arrangement: fc.constantFrom(...arrangements) }), {
      minLength: 1,
      maxLength: 4,
    }),
    uniforms: fc.array(fc.record({ dtype: fc.nat(63), value: fc.integer({ min: -20, max: 20 }) }), { maxLength: 2 }),
    steps: stepsOf(24),
    outputs: fc.array(fc.constantFrom(...outputArrangements), { minLength: 1, maxLength: 3 }),
    reduction: fc.option(fc.record({ fold: fc.constantFrom(...folds), axes: fc.nat(15), finish: stepsOf(4) }), {
      freq: 2,
    }),
    inPlace: fc.boolean(),
    seed: fc.nat(),
  }),
);

/** A recipe's operands and values, for the dtypes of a backend. */
export interface Ingredients {
  readonly inputs: readonly Operand[];
  readonly leaves: readonly Expression[];
  readonly uniforms: readonly number[];
  readonly uniformTypes: readonly DType[];
  readonly random: Random;
}

export function ingredientsOf(recipe: Recipe, dtypes: readonly DType[]): Ingredients {
  const random = new Random(recipe.seed);
  const inputs = recipe.inputs.map(({ dtype, arrangement }) => {
    const own = pick(dtypes, dtype);
    return inputOperand(random, own, recipe.shape, arrangement, anyValue(own));
  });
  const uniformTypes = recipe.uniforms.map(({ dtype }) => pick(dtypes, dtype));
  const leaves = [
    ...inputs.map(({ dtype }, k) => input(k, dtype)),
    ...uniformTypes.map((dtype, u) => uniform(u, dtype)),
    ...recipe.shape.map((_, axis) => coordinate(axis)),
  ];
  const uniforms = recipe.uniforms.map(({ value }, u) => uniformValue(value, uniformTypes[u] as DType));
  return { inputs, leaves, uniforms, uniformTypes, random };
}

/** Ordinary values, and now and then what floats have besides. */
function anyValue(dtype: DType): (random: Random) => number {
  const ordinary = valueOf(dtype);
  if (!isFloat(dtype)) return ordinary;
  const specials = [0, -0, 1, 1e-3, -50, 1e4, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return (random) => (random.next() < 0.1 ? random.pick(specials) : ordinary(random));
}

function uniformValue(value: number, dtype: DType): number {
  if (dtype === 'bool') return value > 0 ? 1 : 0;
  return isFloat(dtype) ? value / 8 : Math.abs(value);
}

/** The values that a program gives, in the order of its steps; the last of them are its outputs. */
export function rootsOf(
  recipe: Recipe,
  { leaves }: Ingredients,
  dtypes: readonly DType[],
  count: number,
): readonly Expression[] {
  return expressionsOf(recipe.steps, leaves, count, dtypes);
}

/** Where a value is written: over an input, or over garbage. Inputs that visit elements twice can't be written. */
export function targetOf(recipe: Recipe, { inputs, random }: Ingredients, dtype: DType, o: number): Operand {
  const writable = recipe.inputs.findIndex(
    ({ arrangement }, k) => outputArrangements.includes(arrangement) && (inputs[k] as Operand).dtype === dtype,
  );
  if (recipe.inPlace && o === 0 && writable >= 0) return inputs[writable] as Operand;
  return outputOperand(random, dtype, recipe.shape, pick(recipe.outputs, o));
}
