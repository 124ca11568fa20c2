import { ArgumentError, formatShape, IndexError, ShapeError } from './errors.ts';

/** Sizes of the axes, outermost first; `[]` is a scalar (0-d). */
export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Throws unless every size is a non-negative integer. */
export function assertShape(op: string, shape: Shape): void {
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError(`${op}: a size must be a non-negative integer, got ${formatShape(shape)}`);
    }
  }
}

/**
 * The common shape that all broadcast to, aligned at the last axis.
 *
 * @see https://pytorch.org/docs/stable/notes/broadcasting.html
 */
export function broadcastShapes(op: string, ...shapes: readonly Shape[]): Shape {
  let result = shapes[0] ?? [];
  for (let i = 1; i < shapes.length; i++) result = broadcastPair(op, result, shapes[i] as Shape, shapes);
  return result;
}

function broadcastPair(op: string, a: Shape, b: Shape, all: readonly Shape[]): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        `${op}: shapes ${all.map(formatShape).join(' and ')} don't broadcast; aligned at the last axis, sizes must be equal or 1`,
      );
    }
    result[rank - i] = left === 1 ? right : left;
  }
  return result;
}

/** An axis counted from the front; negative ones count from the end. A scalar has the axes 0 and -1, as in PyTorch. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const bound = Math.max(rank, 1);
  if (!Number.isInteger(axis) || axis < -bound || axis >= bound) {
    throw new IndexError(`${op}: axis ${axis} is outside a tensor of ${rank} axes, expected ${-bound} to ${bound - 1}`);
  }
  return axis < 0 ? axis + bound : axis;
}

/** Several axes, or all of them for undefined, sorted; a repeated axis is an error. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(op, axis, rank));
  const sorted = [...new Set(list)].sort((a, b) => a - b);
  if (sorted.length !== list.length) throw new ArgumentError(`${op}: an axis appears twice in ${formatShape(list)}`);
  // A scalar's axis 0 is accepted but there is nothing to go over.
  return rank === 0 ? [] : sorted;
}

/** An index into an axis of `size` elements, counted from the front. */
export function normalizeIndex(op: string, index: number, size: number): number {
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new IndexError(`${op}: index ${index} is out of bounds for an axis of ${size} elements`);
  }
  return index < 0 ? index + size : index;
}

/** Replaces the one -1 of a wanted shape by what `size` elements leave for it. */
export function inferShape(op: string, wanted: Shape, size: number): Shape {
  const hole = wanted.indexOf(-1);
  const known = wanted.reduce((product, n, i) => (i === hole ? product : product * n), 1);
  const fits = hole < 0 ? known === size : known > 0 ? size % known === 0 : false;
  if (!fits || wanted.some((n, i) => i !== hole && n < 0)) {
    throw new ShapeError(`${op}: ${size} elements don't fill the shape ${formatShape(wanted)}`);
  }
  return hole < 0 ? wanted : wanted.map((n, i) => (i === hole ? size / known : n));
}
