import type { Kernel, ReduceProgram } from '@gradus/backend';
import type { Shape } from '@gradus/storage';
import type { Place } from '../execute.ts';
import type { Operand } from '../operand.ts';

export interface Reduction {
  readonly program: ReduceProgram;
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly axes: readonly number[];
  readonly uniforms?: readonly number[];
  readonly indices?: Operand;
}

/** Makes a Reduce kernel for whichever backend the operands are placed on. */
export function reduce({ program, inputs, output, axes, uniforms = [], indices }: Reduction): (place: Place) => Kernel {
  return (place) => ({
    kind: 'reduce',
    program,
    inputs: inputs.map(place),
    output: place(output),
    axes,
    uniforms,
    ...(indices === undefined ? {} : { indices: place(indices) }),
  });
}

/** The shape with one element along the axes. */
export function reducedShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
}
