import { ArgumentError, formatShape, type Shape, ShapeError, sameShape } from '@gradus/storage';
import { zeros } from '../creation.ts';
import { scope } from '../memory.ts';
import { reshape } from '../ops/movement.ts';
import { scatter } from '../ops/scatter.ts';
import type { Tensor } from '../tensor.ts';
import { type PerAxis, perAxis } from './spatial.ts';

export interface MaxUnpoolOptions {
  /** Default: the window. */
  readonly stride?: PerAxis;
  readonly padding?: PerAxis;
  /** The shape to restore, or its spatial axes: several inputs have the same pooled size. */
  readonly outputSize?: readonly number[];
}

/** Puts the maxima of `maxPool1dWithIndices` back to where they were, in zeros. */
export function maxUnpool1d(x: Tensor, indices: Tensor, window: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool('maxUnpool1d', 1, x, indices, window, options);
}

/**
 * Puts the maxima of `maxPool2dWithIndices` back to where they were, in zeros.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool2d.html
 */
export function maxUnpool2d(x: Tensor, indices: Tensor, window: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool('maxUnpool2d', 2, x, indices, window, options);
}

/** Puts the maxima of `maxPool3dWithIndices` back to where they were, in zeros. */
export function maxUnpool3d(x: Tensor, indices: Tensor, window: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool('maxUnpool3d', 3, x, indices, window, options);
}

function maxUnpool(
  op: string,
  axes: number,
  x: Tensor,
  indices: Tensor,
  window: PerAxis,
  options: MaxUnpoolOptions,
): Tensor {
  if ((x.ndim !== axes + 2 && x.ndim !== axes + 1) || !sameShape(x.shape, indices.shape)) {
    const shapes = `${formatShape(x.shape)} and ${formatShape(indices.shape)}`;
    throw new ShapeError(`${op}: needs maxima and indices of one shape, [N, C, ...] or [C, ...], got ${shapes}`);
  }
  const plane = unpooledSize(op, x.shape.slice(-axes), window, options);
  const outer = x.shape.slice(0, -axes);
  return scope(() => {
    const flat = (part: Tensor): Tensor => reshape(part, [...outer, x.shape.slice(-axes).reduce((a, b) => a * b, 1)]);
    const size = plane.reduce((a, b) => a * b, 1);
    const empty = zeros([...outer, size], { dtype: x.dtype, backend: x.backend });
    return reshape(scatter(empty, -1, flat(indices), flat(x)), [...outer, ...plane]);
  });
}

function unpooledSize(op: string, pooled: Shape, window: PerAxis, options: MaxUnpoolOptions): Shape {
  const axes = pooled.length;
  const sizes = perAxis(op, 'window', window, axes);
  const stride = perAxis(op, 'stride', options.stride ?? sizes, axes);
  const padding = perAxis(op, 'padding', options.padding ?? 0, axes);
  const usual = pooled.map(
    (n, i) => (n - 1) * (stride[i] as number) + (sizes[i] as number) - 2 * (padding[i] as number),
  );
  const wanted = (options.outputSize ?? usual).slice(-axes);
  if (wanted.length !== axes || wanted.some((n, i) => Math.abs(n - (usual[i] as number)) >= (stride[i] as number))) {
    throw new ArgumentError(
      `${op}: outputSize must be within less than the stride of ${formatShape(usual)}, got ${formatShape(wanted)}`,
    );
  }
  return wanted;
}
