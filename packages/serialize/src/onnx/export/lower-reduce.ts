import type { Expression, Fold, ReduceProgram } from '@gradus/backend';
import { broadcastShapes, type Shape, sameShape } from '@gradus/storage';
import { reducedShape } from '@gradus/tensor/launch';
import { dataTypes } from '../data-type.ts';
import { type Emitted, ExpressionWriter, isNarrower } from './expression.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { depends, type Sizes } from './sizes.ts';
import type { Step, Value } from './trace.ts';

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
  const [full, fullTwin] = [fullShape(step), fullShape(twin)];
  const mean = isMean(step) && isMean(twin);
  if (program !== twin.operation.program) throw depends('an op');
  if (!mean && uniforms.some((value, i) => value !== twin.operation.uniforms[i])) throw depends(`a number in ${name}`);
  if (program.usesCoordinates && !sameShape(full, fullTwin)) throw depends(name);
  const body = new ExpressionWriter(builder, { op: name, uniforms, inputs, shape: full }).write(program.body);
  const elements = isNarrower(body, full) ? builder.add('Expand', [body.name, sizes.list(full, fullTwin)]) : body.name;
  const { shape } = step.outputs[0] as Value;
  const keepdims = sameShape(shape, reducedShape(full, axes, true)) ? 1 : 0;
  const folded = {
    name: fold(builder, program, elements, { axes, keepdims, mean }),
    shape: reducedShape(full, axes, keepdims === 1),
  };
  const finish = new ExpressionWriter(builder, { op: name, uniforms, inputs: [folded], shape: folded.shape });
  const result = mean ? folded : finish.write(program.finish);
  const values = sameShape(folded.shape, shape)
    ? result.name
    : builder.add('Reshape', [result.name, sizes.reshape(shape, (twin.outputs[0] as Value).shape)]);
  if (step.outputs.length === 1) return [values];
  const [axis] = axes as [number];
  return [values, builder.add(program.fold === 'max' ? 'ArgMax' : 'ArgMin', [elements], { axis, keepdims })];
}

/** What the inputs broadcast to. */
function fullShape({ operation, inputs }: ReduceStep): Shape {
  return broadcastShapes(operation.name, ...inputs.map(({ shape }) => shape));
}

interface FoldOptions {
  readonly axes: readonly number[];
  readonly keepdims: number;
  readonly mean: boolean;
}

function fold(builder: GraphBuilder, program: ReduceProgram, x: string, options: FoldOptions): string {
  const { axes, keepdims, mean } = options;
  if (program.fold === 'argmax' || program.fold === 'argmin') {
    const [axis] = axes as [number];
    if (axes.length === 1) return builder.add(operators[program.fold], [x], { axis, keepdims });
    const flat = builder.add('Reshape', [x, builder.integers([-1])]);
    return builder.add(operators[program.fold], [flat], { axis: 0, keepdims: 0 });
  }
  if (axes.length === 0) return x;
  const operator = mean ? 'ReduceMean' : operators[program.fold];
  const over = builder.integers(axes);
  if (program.body.dtype !== 'bool') return builder.add(operator, [x, over], { keepdims });
  // ONNX folds numbers only.
  const integers = builder.add('Cast', [x], { to: dataTypes.int32 });
  return builder.add('Cast', [builder.add(operator, [integers, over], { keepdims })], { to: dataTypes.bool });
}

/** A sum times 1 / the number of elements: an operator of its own, that holds for every batch. */
function isMean(step: ReduceStep): boolean {
  const { program, uniforms, axes } = step.operation;
  const { fold, finish } = program;
  if (fold !== 'sum' || finish.kind !== 'op' || finish.op !== 'mul') return false;
  const [folded, factor] = finish.operands as [Expression, Expression];
  const count = axes.reduce((product, axis) => product * (fullShape(step)[axis] as number), 1);
  return folded.kind === 'input' && factor.kind === 'uniform' && uniforms[factor.index] === 1 / count;
}
