import {
  type Expression,
  expressions as e,
  type Fold,
  input,
  type ReduceProgram,
  reduceProgram,
  uniform,
} from '@gradus/backend';
import { type DType, DTypeError, formatShape, isFloat, normalizeAxes, ShapeError } from '@gradus/storage';
import { casting } from '../casting.ts';
import { reduce, reducedShape } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';

/** Axes of a reduction; all of them where `dim` is left out. */
export interface AxesOptions {
  readonly dim?: number | readonly number[];
  /** Keep the reduced axes with size 1. */
  readonly keepdim?: boolean;
}

/** One axis of a reduction. */
export interface AxisOptions {
  readonly dim: number;
  /** Keep the reduced axis with size 1. */
  readonly keepdim?: boolean;
}

/** Programs of a reduction by the element's dtype and the accumulated one. */
export type Reduction = (from: DType, to: DType) => ReduceProgram;

/**
 * A reduction by its scalar expressions: `body` maps an element (given in its own dtype) to what is folded, `finish` the
 * folded value to the result, with as many uniforms of the accumulated dtype as it names.
 */
export function reduction(
  fold: Fold,
  body: (x: Expression, to: DType) => Expression = e.cast,
  finish?: (folded: Expression, ...uniforms: Expression[]) => Expression,
): Reduction {
  const programs = new Map<string, ReduceProgram>();
  return (from, to) => {
    const key = `${from},${to}`;
    let program = programs.get(key);
    if (program === undefined) {
      const element = body(input(0, from), to);
      const uniforms: DType[] = Array.from({ length: Math.max((finish?.length ?? 0) - 1, 0) }, () => to);
      const result = finish?.(input(0, element.dtype), ...uniforms.map((dtype, i) => uniform(i, dtype)));
      program = reduceProgram([from], uniforms, fold, element, result);
      programs.set(key, program);
    }
    return program;
  };
}

/** The axes that `dim` names; an empty list means all, as in PyTorch. */
export function axesOf(name: string, x: Tensor, dim: number | readonly number[] | undefined): readonly number[] {
  return normalizeAxes(name, typeof dim === 'object' && dim.length === 0 ? undefined : dim, x.ndim);
}

/** Number of elements that are folded into one. */
export function countAlong(x: Tensor, axes: readonly number[]): number {
  return axes.reduce((count, axis) => count * (x.shape[axis] as number), 1);
}

/** Launches a program over the axes that the options name; the first input has the full shape. */
export function reduceOver(
  name: string,
  program: ReduceProgram,
  inputs: readonly [Tensor, ...Tensor[]],
  { dim, keepdim = false }: AxesOptions,
  uniforms: readonly number[] = [],
): Tensor {
  const axes = axesOf(name, inputs[0], dim);
  return reduce(name, program, inputs, axes, reducedShape(inputs[0].shape, axes, keepdim), uniforms);
}

/** An extreme of nothing doesn't exist. */
export function assertSomething(name: string, x: Tensor, axes: readonly number[]): void {
  if (countAlong(x, axes) > 0) return;
  throw new ShapeError(
    `${name}: no elements along axes ${formatShape(axes)} of ${formatShape(x.shape)}, so there is no result`,
  );
}

/** The dtype of an op that is defined for floats only. */
export function assertFloat(name: string, dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(`${name}: needs a float tensor, got ${dtype}; convert it first, with x.float() for example`);
}

/** Where sums and products of a dtype are held: integers and bool in int32. */
export function accumulated(dtype: DType): DType {
  return isFloat(dtype) ? summable(dtype) : 'int32';
}

/** The dtype itself, or what `autocast` sums it in. */
export function summable(dtype: DType): DType {
  return casting === null ? dtype : casting.wideDType(dtype);
}
