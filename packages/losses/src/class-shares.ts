import type { CrossEntropyGeometry } from '@gradus/backend';
import type { Shape } from '@gradus/storage';
import { add, eq, mul, reshape, scatter_, type Tensor, unsqueeze, where, zeros } from '@gradus/tensor';

/** What the log-probability of each class counts for in the loss of a row, given what it would without smoothing and weights. */
export function smoothedShares(own: Tensor, weight: Tensor | null, geometry: CrossEntropyGeometry): Tensor {
  const { axis, smoothing } = geometry;
  const classes = own.shape[axis] as number;
  const smoothed = smoothing === 0 ? own : add(mul(own, 1 - smoothing), smoothing / classes);
  return weight === null ? smoothed : mul(smoothed, reshape(weight, perClass(own, axis)));
}

/** The same for rows whose target is one class (int32); in those that are ignored nothing counts. */
export function classShares(x: Tensor, target: Tensor, weight: Tensor | null, geometry: CrossEntropyGeometry): Tensor {
  const { axis, ignoreIndex } = geometry;
  const classes = unsqueeze(target, axis);
  const ignored = eq(classes, ignoreIndex);
  const nothing = zeros(x.shape, { dtype: x.dtype, backend: x.backend });
  // Ignored targets may be no valid index: they stand at class 0 for a moment.
  const own = scatter_(nothing, axis, where(ignored, 0, classes), 1);
  return where(ignored, 0, smoothedShares(own, weight, geometry));
}

/** The shape of weights that differ by classes: size 1 along all other axes. */
export function perClass({ shape }: Tensor, axis: number): Shape {
  return shape.map((n, i) => (i === axis ? n : 1));
}
