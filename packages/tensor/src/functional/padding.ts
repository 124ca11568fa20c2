import { coordinate, type Expression, expressions as e, input, mapProgram, uniform } from '@gradus/backend';
import { ArgumentError, type DType, formatShape, Layout, ShapeError } from '@gradus/storage';
import { copy, map, place } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { narrow } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { takeAlong } from './take-along.ts';

export interface PadOptions {
  readonly mode?: 'constant' | 'reflect' | 'replicate' | 'circular';
  /** What constant padding fills with; 0 if left out. */
  readonly value?: number;
}

/**
 * Pads the last axes: `padding` is [left, right] of the last axis, then of the one before it, and so on. Negative numbers
 * crop.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
 */
export function pad(x: Tensor, padding: readonly number[], options: PadOptions = {}): Tensor {
  return scope(() => {
    const { mode = 'constant', value = 0 } = options;
    if (padding.length % 2 !== 0 || padding.length > 2 * x.ndim) {
      throw new ArgumentError(
        `pad: padding must be [left, right] per axis for at most ${x.ndim} axes, got ${formatShape(padding)}`,
      );
    }
    let result = x;
    for (let i = 0; i < padding.length / 2; i++) {
      const axis = x.ndim - 1 - i;
      const [left, right] = [padding[2 * i], padding[2 * i + 1]] as [number, number];
      const cropped = crop(result, axis, Math.max(-left, 0), Math.max(-right, 0));
      const [before, after] = [Math.max(left, 0), Math.max(right, 0)];
      if (before === 0 && after === 0) result = cropped;
      else if (mode === 'constant') result = padConstant(cropped, axis, before, after, value);
      else result = padByIndex(cropped, axis, before, after, mode);
    }
    return result.storage === x.storage ? copy('pad', result) : result;
  });
}

function crop(x: Tensor, axis: number, left: number, right: number): Tensor {
  const length = (x.shape[axis] as number) - left - right;
  if (length < 0)
    throw new ShapeError(`pad: cropping ${left} and ${right} from axis ${axis} of ${formatShape(x.shape)}`);
  return left === 0 && right === 0 ? x : narrow(x, axis, left, length);
}

function padConstant(x: Tensor, axis: number, left: number, right: number, value: number): Tensor {
  const length = x.shape[axis] as number;
  const shape = x.shape.map((n, i) => (i === axis ? left + n + right : n));
  const placed = place(x, { type: 'slice', axis, start: left, length, step: 1 }, Layout.contiguous(shape));
  return value === 0 ? placed : fillOutside(placed, axis, left, left + length, value);
}

function fillOutside(x: Tensor, axis: number, start: number, end: number, value: number): Tensor {
  const [from, to, fill] = [uniform(0, 'int32'), uniform(1, 'int32'), uniform(2, x.dtype)];
  const inside: Expression = e.and(e.ge(coordinate(axis), from), e.lt(coordinate(axis), to));
  const dtypes: DType[] = ['int32', 'int32', x.dtype];
  return map(
    'pad',
    mapProgram([x.dtype], dtypes, [e.select(inside, input(0, x.dtype), fill)]),
    [x],
    [start, end, value],
  );
}

type IndexMode = 'reflect' | 'replicate' | 'circular';

/** Where the element at a position outside 0 .. size - 1 comes from. */
const source: Readonly<Record<IndexMode, (position: number, size: number) => number>> = {
  reflect: (position, size) => size - 1 - Math.abs(size - 1 - Math.abs(position)),
  replicate: (position, size) => Math.min(Math.max(position, 0), size - 1),
  circular: (position, size) => (position + size) % size,
};

function padByIndex(x: Tensor, axis: number, left: number, right: number, mode: IndexMode): Tensor {
  const size = x.shape[axis] as number;
  const most = mode === 'reflect' ? size - 1 : mode === 'circular' ? size : Number.POSITIVE_INFINITY;
  if (left > most || right > most || size === 0) {
    throw new ArgumentError(
      `pad: ${mode} padding of ${left} and ${right} is too much for ${size} elements on axis ${axis}`,
    );
  }
  const length = size + left + right;
  const positions = Int32Array.from({ length }, (_, i) => source[mode](i - left, size));
  return takeAlong(x, positions, axis);
}
