import { type Expression, input, type MapProgram, substitute } from '@gradus/backend';
import { type DType, isFloat, type Shape, sameShape } from '@gradus/storage';
import type { MapOperation, Tensor } from '@gradus/tensor';
import { filled, mapMany, reduce } from '@gradus/tensor/launch';
import { derive } from '../derive.ts';
import type { Gradients } from '../node.ts';
import { Derivative, remembered } from './derivative.ts';
import type { Context, Rule } from './rule.ts';
import { throughOutput } from './through-output.ts';

// A gradient expression reads the program's inputs, its outputs and the gradients that arrive. They are numbered in this
// order as one space of symbols.

const cache = new WeakMap<MapProgram, Derivative>();

export const map: Rule<MapOperation> = {
  saves(operation, needs) {
    const { inputs, outputs } = operation.program;
    const read = derivativeOf(operation).reads(needs);
    const among = (from: number, count: number): number[] => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) if (read.has(from + i)) found.push(i);
      return found;
    };
    return { inputs: among(0, inputs.length), outputs: among(inputs.length, outputs.length) };
  },

  backward(context, gradients) {
    const derivative = derivativeOf(context.operation);
    const { expressions } = derivative;
    const { shape } = givenGradient(gradients);
    const joint = expressions.map((expression, i) => isJoint(context, expression, i, shape));
    let computed: readonly Tensor[] | null = null;
    const jointly = (at: number): Tensor => {
      computed ??= computeJointly(context, gradients, joint);
      let place = 0;
      for (let i = 0; i < at; i++) if (joint[i]) place++;
      return computed[place] as Tensor;
    };
    return expressions.map((expression, i) => {
      if (expression === null) return () => zerosFor(context, gradients, i);
      return joint[i] ? () => jointly(i) : () => compute(context, gradients, expression, i);
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
  joint: readonly boolean[],
): readonly Tensor[] {
  const { name, uniforms } = context.operation;
  const { program, read } = derivativeOf(context.operation).map(joint);
  const tensors = read.map((symbol) => symbolTensor(context, gradients, symbol));
  return mapMany(`${name} backward`, program, tensors, uniforms);
}

/** A gradient by itself: passed on as it is, or summed in the launch that computes it, where the input was broadcast. */
function compute(context: Context<MapOperation>, gradients: Gradients, expression: Expression, at: number): Tensor {
  if (expression.kind === 'input') return symbolTensor(context, gradients, expression.index);
  const { name, uniforms } = context.operation;
  const shape = context.inputShapes[at] as Shape;
  const axes = broadcastAxes(givenGradient(gradients).shape, shape);
  const { program, read } = derivativeOf(context.operation).sum(at);
  const tensors = read.map((symbol) => symbolTensor(context, gradients, symbol));
  return reduce(`${name} backward`, program, tensors, axes, shape, uniforms);
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

function derivativeOf({ program, name }: MapOperation): Derivative {
  return remembered(cache, program, () => differentiate(program, name));
}

function differentiate(program: MapProgram, name: string): Derivative {
  const { inputs, outputs, uniforms } = program;
  const results = outputs.map((output, o) => input(inputs.length + o, output.dtype));
  const seeds = outputs.map((output, o) => input(inputs.length + outputs.length + o, output.dtype));
  const symbols = [...inputs, ...outputs, ...outputs].map((part) => (typeof part === 'string' ? part : part.dtype));
  const override = outputs.length === 1 ? throughOutput[name] : undefined;
  if (override !== undefined)
    return new Derivative([override(results[0] as Expression, seeds[0] as Expression)], symbols, uniforms);
  const adjoints = derive(
    outputs,
    seeds.map((seed) => (isFloat(seed.dtype) ? seed : null)),
  );
  const raw = inputs.map((dtype, i) => adjoints.get(input(i, dtype)) ?? null);
  const expressions = raw.map((expression) => expression && readOutputs(expression, outputs, results));
  return new Derivative(expressions, symbols, uniforms);
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
