import { formatShape, ShapeError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';

/** How many numbers flow into and out of one unit of a weight [out, in, ...]. */
export function fans(op: string, weight: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  if (weight.ndim < 2) {
    throw new ShapeError(`${op}: the fan needs a weight of at least 2 axes, got ${formatShape(weight.shape)}`);
  }
  const [outputs, inputs, ...window] = weight.shape as readonly [number, number, ...number[]];
  const receptive = window.reduce((size, n) => size * n, 1);
  return { fanIn: inputs * receptive, fanOut: outputs * receptive };
}
