import { type Expression, input, type MapProgram, mapProgram, reduceProgram, substitute } from '@gradus/backend';
import { type DType, isFloat, type Shape, sameShape } from '@gradus/storage';
import type { MapOperation, Tensor } from '@gradus/tensor';
import { filled, map as launchMap, mapMany, reduce } from '@gradus/tensor/launch';
import { derive } from '../derive.ts';
import type { Gradients } from '../node.ts';
import { compact, symbolsOf } from '../symbols.ts';
import type { Context, Rule } from './rule.ts';
import { throughOutput } from './through-output.ts';

// A gradient expression reads the program's inputs, its outputs and the gradients that arrive. They are numbered in this
// order as the inputs of one symbol space; `compact` then keeps the ones that are read.

/** The gradient of every input of a program, as expressions over the symbol space; null where it is zero everywhere. */
interface Derived {
  readonly expressions: readonly (Expression | null)[];
  readonly symbols: readonly DType[];
}

const cache = new WeakMap<MapProgram, Derived>();

export const map: Rule<MapOperation> = {
  saves(operation, needs) {
    const { program } = operation;
    const { expressions } = derivedOf(operation);
    const read = new Set(
      expressions.flatMap((expression, i) => (expression && needs[i] ? symbolsOf([expression]) : [])),
    );
    const inputs = program.inputs.length;
    const among = (from: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => i).filter((i) => read.has(from + i));
    return { inputs: among(0, inputs), outputs: among(inputs, program.outputs.length) };
  },

  backward(context, gradients) {
    const { expressions } = derivedOf(context.operation);
    const { shape } = givenGradient(gradients);
    const full = expressions.map((_, i) => i).filter((i) => isJoint(context, expressions[i] ?? null, i, shape));
    const joint = full.length > 1 ? computeJointly(context, gradients, full) : null;
    return expressions.map((expression, i) => {
      if (joint !== null && full.includes(i)) return () => joint[full.indexOf(i)] as Tensor;
      if (expression === null) return () => zerosFor(context, gradients, i);
      return () => compute(context, gradients, expression, i);
    });
  },
};

/** Whether the gradient can be one output of a launch over the whole shape. */
function isJoint(context: Context, expression: Expression | null, at: number, shape: Shape): boolean {
  if (expression === null || expression.kind === 'input' || !context.needs[at]) return false;
  return sameShape(context.inputShapes[at] as Shape, shape);
}

function computeJointly(
  context: Context<MapOperation>,
  gradients: Gradients,
  inputs: readonly number[],
): readonly Tensor[] {
  const { expressions, symbols } = derivedOf(context.operation);
  const { roots, read } = compact(inputs.map((i) => expressions[i] as Expression));
  const { name, program, uniforms } = context.operation;
  const joint = mapProgram(
    read.map((symbol) => symbols[symbol] as DType),
    program.uniforms,
    roots,
  );
  return mapMany(
    `${name} backward`,
    joint,
    read.map((symbol) => symbolTensor(context, gradients, symbol)),
    uniforms,
  );
}

function compute(context: Context<MapOperation>, gradients: Gradients, expression: Expression, at: number): Tensor {
  if (expression.kind === 'input') return symbolTensor(context, gradients, expression.index);
  const { symbols } = derivedOf(context.operation);
  const { roots, read } = compact([expression]);
  const [root] = roots as [Expression];
  const { program, uniforms } = context.operation;
  const name = `${context.operation.name} backward`;
  const dtypes = read.map((symbol) => symbols[symbol] as DType);
  const tensors = read.map((symbol) => symbolTensor(context, gradients, symbol));
  const axes = broadcastAxes(givenGradient(gradients).shape, context.inputShapes[at] as Shape);
  if (axes.length === 0) return launchMap(name, mapProgram(dtypes, program.uniforms, roots), tensors, uniforms);
  // The input was broadcast: its gradient is summed in the same launch that computes it.
  const folded = reduceProgram(dtypes, program.uniforms, 'sum', root);
  return reduce(name, folded, tensors, axes, context.inputShapes[at] as Shape, uniforms);
}

/** Axes of `shape` along which an input was stretched. */
function broadcastAxes(shape: Shape, input: Shape): readonly number[] {
  const added = shape.length - input.length;
  return shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (input[axis - added] === 1 && shape[axis] !== 1));
}

function zerosFor(context: Context<MapOperation>, gradients: Gradients, at: number): Tensor {
  const { backend } = givenGradient(gradients);
  const dtype = context.operation.program.inputs[at] as DType;
  return filled(backend, context.inputShapes[at] as Shape, dtype, 0);
}

function symbolTensor(context: Context<MapOperation>, gradients: Gradients, symbol: number): Tensor {
  const { inputs, outputs } = context.operation.program;
  if (symbol < inputs.length) return context.input(symbol);
  if (symbol < inputs.length + outputs.length) return context.output(symbol - inputs.length);
  const at = symbol - inputs.length - outputs.length;
  const given = givenGradient(gradients);
  return gradients[at] ?? filled(given.backend, given.shape, (outputs[at] as Expression).dtype, 0);
}

/** Backward runs only where some gradient arrived. */
function givenGradient(gradients: Gradients): Tensor {
  return gradients.find((g) => g !== null) as Tensor;
}

function derivedOf({ program, name }: MapOperation): Derived {
  let derived = cache.get(program);
  if (derived === undefined) {
    derived = deriveProgram(program, name);
    cache.set(program, derived);
  }
  return derived;
}

function deriveProgram(program: MapProgram, name: string): Derived {
  const { inputs, outputs } = program;
  const results = outputs.map((output, o) => input(inputs.length + o, output.dtype));
  const seeds = outputs.map((output, o) => input(inputs.length + outputs.length + o, output.dtype));
  const symbols = [...inputs, ...outputs, ...outputs].map((part) => (typeof part === 'string' ? part : part.dtype));
  const override = outputs.length === 1 ? throughOutput[name] : undefined;
  if (override !== undefined)
    return { expressions: [override(results[0] as Expression, seeds[0] as Expression)], symbols };
  const adjoints = derive(
    outputs,
    seeds.map((seed) => (isFloat(seed.dtype) ? seed : null)),
  );
  const raw = inputs.map((dtype, i) => adjoints.get(input(i, dtype)) ?? null);
  return { expressions: raw.map((expression) => expression && readOutputs(expression, outputs, results)), symbols };
}

/** Where the gradient contains the output's own expression (exp, tanh, sqrt ...), it reads the output instead. */
function readOutputs(
  expression: Expression,
  outputs: readonly Expression[],
  results: readonly Expression[],
): Expression {
  return substitute([expression], (node) => {
    const at = node.kind === 'op' ? outputs.indexOf(node) : -1;
    return at < 0 ? undefined : results[at];
  })[0] as Expression;
}
