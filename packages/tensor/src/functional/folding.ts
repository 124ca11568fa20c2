import { formatShape, Layout, type Movement, move, ShapeError } from '@gradus/storage';
import { place, view } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { permute, reshape, squeeze, unsqueeze } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { pad } from './padding.ts';
import { assertPositive, type PerAxis, perAxis } from './spatial.ts';

export interface FoldOptions {
  readonly dilation?: PerAxis;
  /** Zeros on both sides. */
  readonly padding?: PerAxis;
  readonly stride?: PerAxis;
}

/**
 * The windows of an image as columns (im2col): x [N, C, H, W] (or without N) to [N, C kH kW, windows].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
 */
export function unfold2d(x: Tensor, window: PerAxis, options: FoldOptions = {}): Tensor {
  if (x.ndim === 3) return scope(() => squeeze(unfold2d(unsqueeze(x, 0), window, options), 0));
  if (x.ndim !== 4) throw new ShapeError(`unfold2d: needs [N, C, H, W] or [C, H, W], got ${formatShape(x.shape)}`);
  const [batch, channels, ...plane] = x.shape as [number, number, ...number[]];
  const geometry = geometryOf('unfold2d', plane, window, options);
  return scope(() => {
    const windows = movementsOf(geometry).reduce(view, pad(x, padsOf(geometry)));
    return reshape(permute(windows, [0, 1, 4, 5, 2, 3]), [
      batch,
      channels * product(geometry.kernel),
      product(geometry.counts),
    ]);
  });
}

/**
 * Adds columns back into an image (col2im), the adjoint of `unfold2d`: x [N, C kH kW, windows] (or without N) to
 * [N, C, ...outputSize].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
 */
export function fold2d(x: Tensor, outputSize: PerAxis, window: PerAxis, options: FoldOptions = {}): Tensor {
  if (x.ndim === 2) return scope(() => squeeze(fold2d(unsqueeze(x, 0), outputSize, window, options), 0));
  const plane = perAxis('fold2d', 'outputSize', outputSize, 2);
  const geometry = geometryOf('fold2d', plane, window, options);
  const { kernel, padding, counts } = geometry;
  const [batch, rows, columns] = x.shape as [number, number, number];
  if (x.ndim !== 3 || rows % product(kernel) !== 0 || columns !== product(counts)) {
    const expected = `[N, C * ${product(kernel)}, ${product(counts)}]`;
    throw new ShapeError(
      `fold2d: needs ${expected} for an image of ${formatShape(plane)}, got ${formatShape(x.shape)}`,
    );
  }
  const outer = [batch, rows / product(kernel)];
  return scope(() => {
    const windows = permute(reshape(x, [...outer, ...kernel, ...counts]), [0, 1, 4, 5, 2, 3]);
    const movements = movementsOf(geometry);
    const layouts = [Layout.contiguous([...outer, ...plane.map((n, i) => n + 2 * (padding[i] as number))])];
    for (const movement of movements) layouts.push(move(layouts.at(-1) as Layout, movement) as Layout);
    const image = movements.reduceRight((part, movement, i) => place(part, movement, layouts[i] as Layout), windows);
    return pad(
      image,
      padsOf(geometry).map((n) => -n),
    );
  });
}

interface Geometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  /** How far a window reaches. */
  readonly spans: readonly number[];
  /** Windows per axis. */
  readonly counts: readonly number[];
}

function geometryOf(op: string, plane: readonly number[], window: PerAxis, options: FoldOptions): Geometry {
  const kernel = perAxis(op, 'window', window, 2);
  const stride = perAxis(op, 'stride', options.stride ?? 1, 2);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, 2);
  const padding = perAxis(op, 'padding', options.padding ?? 0, 2);
  const spans = kernel.map((k, i) => (dilation[i] as number) * (k - 1) + 1);
  const counts = plane.map((n, i) => {
    return Math.floor((n + 2 * (padding[i] as number) - (spans[i] as number)) / (stride[i] as number)) + 1;
  });
  assertPositive(op, counts, plane);
  return { kernel, stride, dilation, padding, spans, counts };
}

/** The views that lead from an image [N, C, H, W] to its windows [N, C, rows, columns, kH, kW]. */
function movementsOf({ spans, stride, dilation, kernel }: Geometry): readonly Movement[] {
  const windows = spans.map((size, i) => ({ type: 'unfold', axis: i + 2, size, step: stride[i] as number }) as const);
  // Of each span every dilation-th element.
  const dilated = kernel.map((length, i) => {
    return { type: 'slice', axis: i + 4, start: 0, length, step: dilation[i] as number } as const;
  });
  return [...windows, ...dilated.filter(({ step }) => step > 1)];
}

/** As `pad` wants it: from the last axis. */
function padsOf({ padding }: Geometry): readonly number[] {
  return [...padding].reverse().flatMap((n) => [n, n]);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
