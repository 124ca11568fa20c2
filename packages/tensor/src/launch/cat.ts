import { copyProgram, dispatch, withLayout } from '@gradus/backend';
import { slice } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, commonBackend } from './allocate.ts';
import { transform } from './transform.ts';

/**
 * The parts one after another along an axis: one copy each into a slice of the result. They have one dtype, and one
 * shape but for that axis.
 */
export function cat(parts: readonly Tensor[], axis: number): Tensor {
  if (transform?.takes(parts)) return transform.cat(parts, axis);
  const backend = commonBackend('cat', parts);
  const { shape, dtype } = parts[0] as Tensor;
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
  const output = allocate(
    backend,
    shape.map((n, i) => (i === axis ? total : n)),
    dtype,
  );
  if (recorder?.wants(parts)) recorder.record({ kind: 'cat', axis }, parts, [output]);
  const program = copyProgram(dtype, dtype);
  let start = 0;
  for (const part of parts) {
    const length = part.shape[axis] as number;
    const target = withLayout(output, slice(output.layout, axis, start, length, 1));
    if (part.size > 0) dispatch(backend, { kind: 'map', program, inputs: [part], outputs: [target], uniforms: [] });
    start += length;
  }
  return output;
}
