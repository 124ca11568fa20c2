import { formatShape, ShapeError } from '@gradus/storage';
import { fromValues } from '../creation.ts';
import { scope } from '../memory.ts';
import { gather } from '../ops/gather.ts';
import { matmul } from '../ops/matmul.ts';
import { expand, reshape } from '../ops/movement.ts';
import { addcmul, mul } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { assertMode, type GridSampleOptions, type Tap, tapsAlong } from './grid-taps.ts';
import { flattenPlane } from './spatial.ts';

export type { GridSampleOptions } from './grid-taps.ts';

/**
 * Values of x [N, C, H, W] at the points (x, y) of grid [N, h, w, 2], each from -1 to 1: [N, C, h, w]. Or of
 * x [N, C, D, H, W] at points (x, y, z). (Jaderberg et al. 2015.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const axes = x.ndim - 2;
  const isGrid = grid.ndim === x.ndim && grid.shape[grid.ndim - 1] === axes && grid.shape[0] === x.shape[0];
  if ((axes !== 2 && axes !== 3) || !isGrid) {
    const shapes = `${formatShape(x.shape)} and ${formatShape(grid.shape)}`;
    throw new ShapeError(`gridSample: needs [N, C, H, W] and a grid [N, h, w, 2], or one axis more, got ${shapes}`);
  }
  assertMode(axes, options);
  const [batch, channels, ...plane] = x.shape as [number, number, ...number[]];
  const points = grid.shape.slice(1, -1);
  const count = points.reduce((a, b) => a * b, 1);
  return scope(() => {
    // The grid names the last axis first.
    const taps = plane.map((size, i) => tapsAlong(grid.select(-1, axes - 1 - i), size, options));
    const flat = flattenPlane(x);
    const terms = corners(taps, plane).map(({ index, weight }) => {
      const values = gather(flat, 2, expand(reshape(index, [batch, 1, count]), [batch, channels, count]));
      return [values, reshape(weight, [batch, 1, count])] as const;
    });
    const [first, ...rest] = terms as [(typeof terms)[number], ...typeof terms];
    const sampled = rest.reduce((sum, [values, weight]) => addcmul(sum, values, weight), mul(...first));
    return reshape(sampled, [batch, channels, ...points]);
  });
}

/** All combinations of a tap per axis: flat indices in the plane, and the products of the weights. */
function corners(taps: readonly (readonly Tap[])[], plane: readonly number[]): readonly Tap[] {
  const [first, ...rest] = taps as [readonly Tap[], ...(readonly Tap[])[]];
  return rest.reduce((outer, axis, i) => {
    const size = plane[i + 1] as number;
    return outer.flatMap((a) =>
      axis.map((b) => ({ index: addcmul(b.index, a.index, size), weight: mul(a.weight, b.weight) })),
    );
  }, first);
}

/**
 * The grid for `gridSample` that theta [N, 2, 3] (or [N, 3, 4]) maps an output of shape `size`, [N, C, H, W]
 * (or [N, C, D, H, W]), to.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
 */
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  options: { readonly alignCorners?: boolean } = {},
): Tensor {
  const [batch, , ...plane] = size as [number, number, ...number[]];
  const axes = plane.length;
  if (theta.ndim !== 3 || theta.shape[0] !== batch || theta.shape[1] !== axes || theta.shape[2] !== axes + 1) {
    throw new ShapeError(
      `affineGrid: a size of ${formatShape(size)} needs theta [${batch}, ${axes}, ${axes + 1}], got ${formatShape(theta.shape)}`,
    );
  }
  const count = plane.reduce((a, b) => a * b, 1);
  return scope(() => {
    const points = new Float64Array(count * (axes + 1)).fill(1);
    for (let at = 0; at < count; at++) {
      let rest = at;
      for (let axis = axes - 1; axis >= 0; axis--) {
        const n = plane[axis] as number;
        points[at * (axes + 1) + axes - 1 - axis] = centre(rest % n, n, options.alignCorners ?? false);
        rest = Math.floor(rest / n);
      }
    }
    const base = fromValues(points, [count, axes + 1], { dtype: theta.dtype, backend: theta.backend });
    return reshape(matmul(base, theta.mT), [batch, ...plane, axes]);
  });
}

/** Where element i of n lies between -1 and 1. */
function centre(i: number, n: number, alignCorners: boolean): number {
  if (alignCorners) return n > 1 ? (2 * i) / (n - 1) - 1 : 0;
  return (2 * i + 1) / n - 1;
}
