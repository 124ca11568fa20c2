import { type Expression, type Kernel, mapProgram } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { Place } from '../execute.ts';
import type { Operand } from '../operand.ts';

/** Makes the kernel for whichever backend the operands are placed on. */
type Kernels = (place: Place) => Kernel;

/** A Map kernel over operands, its program's input dtypes taken from them. */
export function map(
  roots: readonly Expression[],
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  uniforms: readonly number[] = [],
  uniformTypes: readonly DType[] = [],
): Kernels {
  const program = mapProgram(
    inputs.map(({ dtype }) => dtype),
    uniformTypes,
    roots,
  );
  return (place) => ({ kind: 'map', program, inputs: inputs.map(place), outputs: outputs.map(place), uniforms });
}
