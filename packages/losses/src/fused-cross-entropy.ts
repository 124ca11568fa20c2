import type { CrossEntropyGeometry } from '@gradus/backend';
import { crossEntropy } from '@gradus/backend/nn';
import type { Tensor } from '@gradus/tensor';
import { laidOut, launchFused, reducedShape, transform } from '@gradus/tensor/launch';
import { perClass } from './class-shares.ts';
import { crossEntropyRule } from './cross-entropy-gradient.ts';
import type { Reduction } from './reduction.ts';

/** Cross entropy with classes (int32) as one kernel; null for operands that it doesn't take. */
export function fusedCrossEntropy(
  input: Tensor,
  classes: Tensor,
  weight: Tensor | null,
  reduction: Reduction,
  geometry: CrossEntropyGeometry,
): Tensor | null {
  const inputs = weight === null ? [input, classes] : [input, classes, weight];
  if (!isFusible(input, weight) || transform?.takes(inputs)) return null;
  const { axis } = geometry;
  const { shape, dtype } = input;
  const [rows, ones] = [reducedShape(shape, [axis], true), shape.map(() => 1)];
  const perRow = [rows, dtype] as const;
  const single = [[], dtype] as const;
  const losses = reduction === 'none' ? ([classes.shape, dtype] as const) : single;
  const results = [losses, perRow, perRow, ...(reduction === 'mean' ? [single] : [])];
  const [loss] = launchFused('crossEntropy', inputs, results, crossEntropyRule(geometry), (outputs) => {
    const [loss, highest, sum, total] = outputs as [Tensor, Tensor, Tensor, Tensor?];
    const written = [laidOut(loss, reduction === 'none' ? rows : ones), highest, sum] as const;
    return crossEntropy({
      ...geometry,
      input,
      target: laidOut(classes, rows),
      weight: weight && laidOut(weight, perClass(input, axis)),
      outputs: total === undefined ? written : ([...written, laidOut(total, ones)] as const),
    });
  });
  return loss as Tensor;
}

/** Weights that want a gradient get it from ops. */
function isFusible({ dtype, size }: Tensor, weight: Tensor | null): boolean {
  if (size === 0 || (dtype !== 'float32' && dtype !== 'float64')) return false;
  return weight === null || (weight.dtype === dtype && !weight.requiresGrad);
}
