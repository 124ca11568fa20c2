import { copyProgram } from '@gradus/backend';
import { assertFits, mapInPlace } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';

/** Writes the values, which broadcast, into x and converts them to its dtype. */
export function overwrite(op: string, x: Tensor, values: Tensor): Tensor {
  assertFits(op, values, x);
  return mapInPlace(op, copyProgram(values.dtype, x.dtype), [values], x);
}
