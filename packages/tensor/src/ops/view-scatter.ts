import { type Shape, selfOverlaps } from '@gradus/storage';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { assertSameShape } from './index-operand.ts';
import { asStrided, diagonal, select, slice } from './movement.ts';
import { overwrite } from './overwrite.ts';

/** Copies of x in which a view was overwritten by `source`, which has the view's shape. */

/** The slice at `index` along `dim` replaced. */
export function selectScatter(x: Tensor, source: Tensor, dim: number, index: number): Tensor {
  return replaced('selectScatter', x, source, (copied) => select(copied, dim, index));
}

interface SliceOptions {
  readonly dim?: number;
  readonly start?: number | null;
  readonly end?: number | null;
  readonly step?: number;
}

/** The slices from `start` to before `end` in steps of `step` along `dim` replaced. */
export function sliceScatter(x: Tensor, source: Tensor, options: SliceOptions = {}): Tensor {
  const { dim = 0, start, end, step = 1 } = options;
  return replaced('sliceScatter', x, source, (copied) =>
    slice(copied, dim, start ?? 0, end ?? Number.POSITIVE_INFINITY, step),
  );
}

/** The diagonal of two axes replaced. */
export function diagonalScatter(
  x: Tensor,
  source: Tensor,
  options: { readonly offset?: number; readonly dim1?: number; readonly dim2?: number } = {},
): Tensor {
  const { offset = 0, dim1 = 0, dim2 = 1 } = options;
  return replaced('diagonalScatter', x, source, (copied) => diagonal(copied, offset, dim1, dim2));
}

/** The elements under any strides (over the contiguous copy) replaced. */
export function asStridedScatter(
  x: Tensor,
  source: Tensor,
  shape: Shape,
  strides: readonly number[],
  options: { readonly storageOffset?: number } = {},
): Tensor {
  return replaced('asStridedScatter', x, source, (copied) =>
    asStrided(copied, shape, strides, options.storageOffset ?? 0),
  );
}

function replaced(op: string, x: Tensor, source: Tensor, viewOf: (copied: Tensor) => Tensor): Tensor {
  return scope(() => {
    const result = copy(op, x);
    const target = viewOf(result);
    assertSameShape(op, source, target.shape, 'the source');
    write(op, target, source);
    return result;
  });
}

/** Where elements of the target are one place in memory, the last in row-major order wins. */
function write(op: string, target: Tensor, source: Tensor): void {
  if (!selfOverlaps(target.layout)) overwrite(op, target, source);
  else for (let i = 0; i < (target.shape[0] as number); i++) write(op, select(target, 0, i), select(source, 0, i));
}
