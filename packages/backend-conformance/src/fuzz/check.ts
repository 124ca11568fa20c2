import {
  type Backend,
  castNode,
  type Environment,
  type Expression,
  foldDType,
  foldInitial,
  foldStep,
  input,
  type Kernel,
  printExpression,
  type ReduceProgram,
  reduceProgram,
} from '@gradus/backend';
import { type DType, decoderOf, isFloat, type Shape, sizeOf, type TypedArray } from '@gradus/storage';
import { assertUntouched, reference, text } from '../compare.ts';
import { execute, type Place } from '../execute.ts';
import { map } from '../kinds/map-kernel.ts';
import { reduce, reducedShape } from '../kinds/reduce-kernel.ts';
import { type Operand, outputOperand, positionsOf } from '../operand.ts';
import { expressionsOf } from './expression-recipe.ts';
import { type Ingredients, ingredientsOf, type Recipe, rootsOf, targetOf } from './recipe.ts';
import { type Sampler, stepError } from './sampled.ts';
import { isPossible, type Sample } from './verdict.ts';

/** A launch, and what each element of its outputs may be. */
interface Launch {
  readonly kernelOf: (place: Place) => Kernel;
  readonly outputs: readonly Operand[];
  /** A possible value of an element of an output, by their numbers. */
  readonly sampleOf: (output: number, element: number) => Sample;
  readonly note: string;
}

/**
 * Runs a recipe on the backend and on the interpreter. Throws where they differ by more than rounding explains, and subnormal
 * numbers that are taken for 0 if `flushes` says that they may be.
 */
export async function checkRecipe(backend: Backend, recipe: Recipe, flushes: boolean): Promise<void> {
  const dtypes = [...backend.capabilities.dtypes];
  const ingredients = ingredientsOf(recipe, dtypes);
  const launch = reductionOf(recipe, ingredients, dtypes) ?? mapOf(recipe, ingredients, dtypes);
  const result = await execute(backend, launch.kernelOf);
  const expected = await execute(reference, launch.kernelOf);
  launch.outputs.forEach((output, o) => {
    const decode = decoderOf(output.dtype);
    const [got, want] = [result, expected].map((memories) => memories.get(output.memory)) as [TypedArray?, TypedArray?];
    if (got === undefined || want === undefined) return;
    positionsOf(output.layout).forEach((position, element) => {
      const [a, b] = [decode(got[position] as number), decode(want[position] as number)];
      if (isPossible(a, b, output.dtype, flushes, launch.sampleOf(o, element))) return;
      throw new Error(
        `output ${o}, element ${element}: ${text(a)} instead of ${text(b)} (${output.dtype})\n${launch.note}`,
      );
    });
  });
  assertUntouched(result, launch.outputs, launch.note);
}

function mapOf(recipe: Recipe, ingredients: Ingredients, dtypes: readonly DType[]): Launch {
  const { inputs, uniforms, uniformTypes } = ingredients;
  const roots = rootsOf(recipe, ingredients, dtypes, recipe.outputs.length);
  const outputs = roots.map(({ dtype }, o) => targetOf(recipe, ingredients, dtype, o));
  const at = environmentsOf(recipe.shape, ingredients);
  return {
    kernelOf: map(roots, inputs, outputs, uniforms, uniformTypes),
    outputs,
    sampleOf: (o, element) => (sampler) => sampler.evaluate([roots[o] as Expression], at(element))[0] as number,
    note: noteOf(`map to ${roots.map(printed)}`, recipe, ingredients),
  };
}

function reductionOf(recipe: Recipe, ingredients: Ingredients, dtypes: readonly DType[]): Launch | null {
  const { reduction, shape } = recipe;
  if (reduction === null) return null;
  const { fold } = reduction;
  if (sizeOf(shape) === 0 && fold !== 'sum' && fold !== 'prod') return null;
  const { inputs, uniforms, uniformTypes, random } = ingredients;
  const [value] = rootsOf(recipe, ingredients, dtypes, 1) as [Expression];
  const body = value.dtype === 'bool' ? castNode(value, 'int32') : value;
  const [finish] = expressionsOf(reduction.finish, [input(0, foldDType(fold, body))], 1, dtypes) as [Expression];
  const program = reduceProgram(
    inputs.map(({ dtype }) => dtype),
    uniformTypes,
    fold,
    body,
    finish,
  );
  const axes = shape.map((_, axis) => axis).filter((axis) => (reduction.axes >> axis) & 1);
  const output = outputOperand(random, finish.dtype, reducedShape(shape, axes), recipe.outputs[0]);
  const terms = termsOf(shape, output.layout.shape);
  const at = environmentsOf(shape, ingredients);
  return {
    kernelOf: reduce({ program, inputs, output, axes, uniforms }),
    outputs: [output],
    sampleOf: (_, element) => (sampler) => {
      const environments = (terms.get(element) ?? []).map(at);
      return sampleReduce(sampler, program, environments, uniforms);
    },
    note: noteOf(`${fold} over ${axes} of ${printed(body)}, then ${printed(finish)}`, recipe, ingredients),
  };
}

/** A possible result: floats are added up and multiplied in any order. */
function sampleReduce(
  sampler: Sampler,
  program: ReduceProgram,
  environments: readonly Environment[],
  uniforms: readonly number[],
): number {
  const { fold, body, finish } = program;
  const values = environments.map((environment) => sampler.evaluate([body], environment)[0] as number);
  const isOrdered = !isFloat(body.dtype) || (fold !== 'sum' && fold !== 'prod');
  let state = foldInitial(program);
  for (const [position, value] of (isOrdered ? values : sampler.reordered(values)).entries()) {
    const { value: next, index } = foldStep(program, state, value, position);
    state = { value: isOrdered ? next : sampler.rounded(next, body.dtype, stepError(body.dtype)), index };
  }
  const folded = fold.startsWith('arg') ? state.index : sampler.eitherZero(state.value, body.dtype);
  const environment = { input: () => folded, uniform: (u: number) => uniforms[u] as number, coordinate: () => 0 };
  return sampler.evaluate([finish], environment)[0] as number;
}

/** Numbers of the elements that are folded into each result, both row-major. */
function termsOf(shape: Shape, kept: Shape): ReadonlyMap<number, readonly number[]> {
  const terms = new Map<number, number[]>();
  for (let element = 0; element < sizeOf(shape); element++) {
    const target = coordinatesOf(shape, element).reduce((sum, at, axis) => {
      const n = kept[axis] as number;
      return sum * n + (n === 1 ? 0 : at);
    }, 0);
    const others = terms.get(target);
    if (others === undefined) terms.set(target, [element]);
    else others.push(element);
  }
  return terms;
}

function coordinatesOf(shape: Shape, element: number): readonly number[] {
  let rest = element;
  return shape
    .map((_, axis) => {
      const n = shape[shape.length - 1 - axis] as number;
      const at = rest % n;
      rest = Math.floor(rest / n);
      return at;
    })
    .reverse();
}

/** What an expression reads at each element. */
function environmentsOf(shape: Shape, { inputs, uniforms }: Ingredients): (element: number) => Environment {
  const positions = inputs.map(({ layout }) => positionsOf(layout));
  return (element) => ({
    input(k) {
      const { memory, dtype } = inputs[k] as Operand;
      return decoderOf(dtype)(memory.content[positions[k]?.[element] as number] as number);
    },
    uniform: (u) => uniforms[u] as number,
    coordinate: (axis) => coordinatesOf(shape, element)[axis] as number,
  });
}

function printed(node: Expression): string {
  return `${node.dtype} ${printExpression(node)}`;
}

function noteOf(program: string, { shape }: Recipe, { inputs, uniforms, uniformTypes }: Ingredients): string {
  const operands = inputs.map(
    ({ dtype, layout }, k) => `in${k}: ${dtype}, strides [${layout.strides}] + ${layout.offset}`,
  );
  const numbers = uniforms.map((value, u) => `u${u}: ${uniformTypes[u]} ${value}`);
  return [program, `shape [${shape}]`, ...operands, ...numbers].join('\n');
}
