import { type Backend, dispatch, plainReduceProgram, type ReduceProgram } from '@gradus/backend';
import { broadcastShapes, Layout, type Shape, sameShape, type View } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, broadcastView, commonBackend } from './allocate.ts';
import { transform } from './transform.ts';

/**
 * One Reduce launch over inputs that broadcast together; `axes` are normalised. The result gets `shape`, any arrangement
 * of its elements: with the reduced axes dropped, or kept with size 1.
 */
export function reduce(
  name: string,
  program: ReduceProgram,
  inputs: readonly Tensor[],
  axes: readonly number[],
  shape: Shape,
  uniforms: readonly number[] = [],
): Tensor {
  if (transform?.takes(inputs)) return transform.reduce(name, program, inputs, axes, shape, uniforms);
  const backend = commonBackend(name, inputs);
  const full = broadcastShapes(name, ...inputs.map((x) => x.shape));
  const output = allocate(backend, shape, program.finish.dtype);
  const operation = { kind: 'reduce', name, program, uniforms, axes } as const;
  if (recorder?.wants(inputs)) recorder.record(operation, inputs, [output]);
  if (output.size > 0) {
    const operands = inputs.map((x) => broadcastView(x, full));
    const target = keepAxes(output, full, axes);
    dispatch(backend, { kind: 'reduce', program, inputs: operands, output: target, axes, uniforms });
  }
  return output;
}

/** max or min along one axis with the index of the first extreme. */
export function reduceWithIndices(
  name: string,
  program: ReduceProgram,
  x: Tensor,
  axes: readonly number[],
  shape: Shape,
): { readonly values: Tensor; readonly indices: Tensor } {
  if (transform?.takes([x])) return transform.reduceWithIndices(name, program, x, axes, shape);
  const backend = x.backend;
  const [values, indices] = [allocate(backend, shape, x.dtype), allocate(backend, shape, 'int32')];
  const operation = { kind: 'reduce', name, program, uniforms: [], axes } as const;
  if (recorder?.wants([x])) recorder.record(operation, [x], [values, indices]);
  if (values.size > 0) {
    dispatch(backend, {
      kind: 'reduce',
      program,
      inputs: [x],
      output: keepAxes(values, x.shape, axes),
      indices: keepAxes(indices, x.shape, axes),
      axes,
      uniforms: [],
    });
  }
  return { values, indices };
}

export function reducedShape(shape: Shape, axes: readonly number[], keepdim: boolean): Shape {
  if (keepdim) return shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** The (contiguous) result as a kernel sees it: with the reduced axes of size 1. */
function keepAxes(output: Tensor, shape: Shape, axes: readonly number[]): View<Backend> {
  const layout = Layout.contiguous(reducedShape(shape, axes, true));
  return { storage: output.storage, layout, dtype: output.dtype };
}

/** The adjoint of broadcasting: sums over the axes along which `shape` was stretched to x's shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.ndim - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1));
  return reduce('sum', plainReduceProgram('sum', x.dtype), [x], axes, shape);
}
