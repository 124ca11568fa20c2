import { DTypeError, formatShape, isFloat, ShapeError, sameShape } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import type { LossOptions } from './reduction.ts';

/** What losses between scores of classes and classes share. Scores are [N, C, ...] or [C], classes [N, ...] or 0-d. */

export interface ClassificationOptions extends LossOptions {
  /** Weight of each class, [C]. */
  readonly weight?: Tensor | null;
  /** A class that counts for nothing; -100 if left out. */
  readonly ignoreIndex?: number;
}

export function classAxis(input: Tensor): number {
  return input.ndim === 1 ? 0 : 1;
}

export function assertTarget(name: string, input: Tensor, target: Tensor): void {
  const expected = input.shape.filter((_, axis) => axis !== classAxis(input));
  if (!sameShape(expected, target.shape)) {
    throw new ShapeError(
      `${name}: scores ${formatShape(input.shape)} need classes of shape ${formatShape(expected)}, got ${formatShape(target.shape)}`,
    );
  }
  if (isFloat(target.dtype)) {
    throw new DTypeError(
      `${name}: classes are integers, not ${target.dtype}; convert them with target.to('int32'), or give probabilities of shape ${formatShape(input.shape)}`,
    );
  }
}

export function assertWeight(name: string, input: Tensor, weight: Tensor | null): void {
  const classes = input.shape[classAxis(input)] as number;
  if (weight === null || sameShape(weight.shape, [classes])) return;
  throw new ShapeError(
    `${name}: the weight must have one element per class, [${classes}], got ${formatShape(weight.shape)}`,
  );
}
