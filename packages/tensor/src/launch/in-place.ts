import { copyProgram, dispatch, type Kernel } from '@gradus/backend';
import { broadcastShapes, formatShape, ShapeError, sameLayout, sameShape, selfOverlaps } from '@gradus/storage';
import type { Operation } from '../operation.ts';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, commonBackend } from './allocate.ts';

/**
 * Writes to `target`: checks it, counts the version, lets the recorder see the op before the old value is gone, and
 * launches. `kernel` gets the inputs, copied where they share the target's memory under another layout.
 */
export function writeInPlace(
  name: string,
  operation: Operation,
  inputs: readonly Tensor[],
  target: Tensor,
  kernel: (operands: readonly Tensor[]) => Kernel,
): Tensor {
  const backend = commonBackend(name, [target, ...inputs]);
  assertWritable(name, target);
  target.storage.version++;
  recorder?.recordInPlace(operation, inputs, target);
  if (target.size === 0) return target;
  const copies: Tensor[] = [];
  const operands = inputs.map((x) => {
    if (x.storage !== target.storage || sameLayout(x.layout, target.layout)) return x;
    const copy = allocate(backend, x.shape, x.dtype);
    const program = copyProgram(x.dtype, x.dtype);
    dispatch(backend, { kind: 'map', program, inputs: [x], outputs: [copy], uniforms: [] });
    copies.push(copy);
    return copy;
  });
  dispatch(backend, kernel(operands));
  for (const copy of copies) copy.dispose();
  return target;
}

function assertWritable(name: string, target: Tensor): void {
  if (selfOverlaps(target.layout)) {
    throw new ShapeError(
      `${name}_: several elements of this ${formatShape(target.shape)} view are one place in memory; clone() it before writing`,
    );
  }
}

/** Inputs of an in-place op must broadcast to the target's shape: it can't grow. */
export function assertFits(name: string, x: Tensor, target: Tensor): void {
  if (!sameShape(broadcastShapes(name, target.shape, x.shape), target.shape)) {
    throw new ShapeError(`${name}_: shape ${formatShape(x.shape)} doesn't broadcast to ${formatShape(target.shape)}`);
  }
}
