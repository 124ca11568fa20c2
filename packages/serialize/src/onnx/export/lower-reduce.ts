import type { Expression, Fold, ReduceProgram } from '@gradus/backend';
import { broadcastShapes, type Shape, sameShape } from '@gradus/storage';
import { dataTypes } from '../data-type.ts';
import { type Emitted, ExpressionWriter, isNarrower } from './expression.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { Sizes } from './sizes.ts';
import type { Step } from './trace.ts';

type ReduceStep = Step & { readonly operation: Extract<Step['operation'], { readonly kind: 'reduce' }> };

const operators: Readonly<Record<Fold, string>> = {
  sum: 'ReduceSum',
  prod: 'ReduceProd',
  max: 'ReduceMax',
  min: 'ReduceMin',
  argmax: 'ArgMax',
  argmin: 'ArgMin',
};

/** The body of every element, the fold, and what is made of the folded value. */
export function lowerReduce(
  builder: GraphBuilder,
  sizes: Sizes,
  [step, twin]: readonly [ReduceStep, ReduceStep],
  inputs: readonly Emitted[],
): readonly string[] {
  const { name, program, uniforms, axes } = step.operation;
  const full = broadcastShapes(name, ...step.inputs.map(({ shape }) => shape));
  const fullTwin = broadcastShapes(name, ...twin.inputs.map(({ shape }) => shape));
  const scope = { op: name, uniforms };
  const body = new ExpressionWriter(builder, { ...scope, inputs, shape: full }).write(program.body);
  const stretched = isNarrower(body, full) ? builder.add('Expand', [body.name, sizes.list(full, fullTwin)]) : body.name;
  const output = step.outputs[0] as { readonly shape: Shape };
  const outputTwin = twin.outputs[0] as { readonly shape: Shape };
  const keepdims = sameShape(
    output.shape,
    full.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  )
    ? 1
    : 0;
  const kept = keepdims === 1 ? output.shape : full.filter((_, axis) => !axes.includes(axis));
  const folded = fold(builder, program, stretched, {
    axes,
    keepdims,
    rank: full.length,
    mean: isMean(program, uniforms, full, axes),
  });
  const value = { name: folded, shape: kept };
  const finished = isMean(program, uniforms, full, axes)
    ? value
    : new ExpressionWriter(builder, { ...scope, inputs: [value], shape: kept }).write(program.finish);
  const shaped = sameShape(kept, output.shape)
    ? finished.name
    : builder.add('Reshape', [finished.name, sizes.reshape(output.shape, outputTwin.shape)]);
  if (step.outputs.length === 1) return [shaped];
  const [axis] = axes as [number];
  return [shaped, builder.add(program.fold === 'max' ? 'ArgMax' : 'ArgMin', [stretched], { axis, keepdims })];
}

interface FoldOptions {
  readonly axes: readonly number[];
  readonly keepdims: number;
  readonly rank: number;
  readonly mean: boolean;
}

function fold(builder: GraphBuilder, program: ReduceProgram, x: string, options: FoldOptions): string {
  const { axes, keepdims, rank, mean } = options;
  if (program.fold === 'argmax' || program.fold === 'argmin') {
    const [axis] = axes as [number];
    if (axes.length === 1) return builder.add(operators[program.fold], [x], { axis, keepdims });
    const flat = builder.add('Reshape', [x, builder.integers([-1])]);
    return builder.add(operators[program.fold], [flat], { axis: 0, keepdims: 0 });
  }
  if (axes.length === 0 && rank > 0) return x;
  const operator = mean ? 'ReduceMean' : operators[program.fold];
  const over = builder.integers(axes);
  if (program.body.dtype !== 'bool') return builder.add(operator, [x, over], { keepdims });
  // ONNX folds numbers only.
  const integers = builder.add('Cast', [x], { to: dataTypes.int32 });
  return builder.add('Cast', [builder.add(operator, [integers, over], { keepdims })], { to: dataTypes.bool });
}

/** A sum times 1 / the number of elements: an operator of its own, that holds for every batch. */
function isMean(
  { fold, finish }: ReduceProgram,
  uniforms: readonly number[],
  full: Shape,
  axes: readonly number[],
): boolean {
  if (fold !== 'sum' || finish.kind !== 'op' || finish.op !== 'mul') return false;
  const [folded, factor] = finish.operands as [Expression, Expression];
  const count = axes.reduce((product, axis) => product * (full[axis] as number), 1);
  return folded.kind === 'input' && factor.kind === 'uniform' && uniforms[factor.index] === 1 / count;
}
