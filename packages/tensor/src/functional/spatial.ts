import { ArgumentError, formatShape, type Shape, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { reshape, squeeze, unsqueeze } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';

/** One number for all spatial axes (a list of one counts as that), or one per axis. */
export type PerAxis = number | readonly number[];

/** A number per spatial axis. */
export function perAxis(op: string, option: string, value: PerAxis, axes: number): readonly number[] {
  const all = typeof value === 'number' ? value : value.length === 1 ? (value[0] as number) : null;
  const list = all === null ? (value as readonly number[]) : new Array<number>(axes).fill(all);
  if (list.length !== axes) throw new ArgumentError(`${op}: ${option} needs ${axes} numbers, got ${formatShape(list)}`);
  return list;
}

/** Runs an op on [N, C, ...spatial]; for an unbatched [C, ...spatial] the batch axis is added and dropped again. */
export function batched<Result extends Tensor | { readonly values: Tensor; readonly indices: Tensor }>(
  op: string,
  x: Tensor,
  axes: number,
  body: (x: Tensor) => Result,
): Result {
  if (x.ndim === axes + 2) return scope(() => body(x));
  if (x.ndim !== axes + 1) {
    throw new ShapeError(
      `${op}: expected ${axes + 2} axes [N, C, ...], or ${axes + 1} without a batch, got ${formatShape(x.shape)}`,
    );
  }
  return scope(() => {
    const result = body(unsqueeze(x, 0));
    if ('values' in result) return { values: squeeze(result.values, 0), indices: squeeze(result.indices, 0) } as Result;
    return squeeze(result as Tensor, 0) as Result;
  });
}

/** The spatial axes of [N, C, ...] as one. */
export function flattenPlane(x: Tensor): Tensor {
  return reshape(x, [...x.shape.slice(0, 2), x.shape.slice(2).reduce((a, b) => a * b, 1)]);
}

/** Output sizes must be positive. */
export function assertPositive(op: string, shape: Shape, input: Shape): void {
  if (shape.some((n) => n < 1)) {
    throw new ShapeError(
      `${op}: the window is larger than the (padded) input ${formatShape(input)}; the output would be ${formatShape(shape)}`,
    );
  }
}
