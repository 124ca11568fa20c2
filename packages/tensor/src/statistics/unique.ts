import { normalizeAxis, type Shape } from '@gradus/storage';
import { filled, gather, scan, scatterInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { iota, startsOfRuns } from '../ops/compaction.ts';
import { detach, int } from '../ops/conversion.ts';
import { spreadAlong } from '../ops/index-operand.ts';
import { reshape, select, transpose } from '../ops/movement.ts';
import { stableOrder } from '../ops/order.ts';
import { sub } from '../ops/pointwise/index.ts';
import { any } from '../ops/reduction.ts';
import { readOnce, readOnceSync } from '../read-once.ts';
import type { Tensor } from '../tensor.ts';

/** Distinct elements, and which element each one of x is. */
export interface Unique {
  readonly values: Tensor;
  /** For every element of x (every slice, with `dim`) which of `values` it is, int32. */
  readonly inverse: Tensor;
  /** How often each of `values` occurs, int32. */
  readonly counts: Tensor;
}

interface UniqueOptions {
  /** Compare slices along this axis; elements if left out. */
  readonly dim?: number;
}

/**
 * The distinct elements in ascending order, or the distinct slices along an axis in lexicographic order (of their
 * elements with that axis and the first one swapped). Waits for the device, as their number depends on the values. Every
 * NaN is distinct.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.unique.html
 */
export async function unique(x: Tensor, options: UniqueOptions = {}): Promise<Unique> {
  const groups = groupsOf(x, options, true);
  return collect(groups, await readOnce(groups.count));
}

export function uniqueSync(x: Tensor, options: UniqueOptions = {}): Unique {
  const groups = groupsOf(x, options, true);
  return collect(groups, readOnceSync(groups.count));
}

/**
 * The first of each run of equal elements, or of equal slices along an axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.unique_consecutive.html
 */
export async function uniqueConsecutive(x: Tensor, options: UniqueOptions = {}): Promise<Unique> {
  const groups = groupsOf(x, options, false);
  return collect(groups, await readOnce(groups.count));
}

export function uniqueConsecutiveSync(x: Tensor, options: UniqueOptions = {}): Unique {
  const groups = groupsOf(x, options, false);
  return collect(groups, readOnceSync(groups.count));
}

interface Groups {
  /** What is compared: slices of `subject` along `axis`. */
  readonly subject: Tensor;
  readonly axis: number;
  /** The order in which equal slices are neighbours. */
  readonly order: Tensor;
  /** For each slice in that order, the group it belongs to, counted from 1. */
  readonly group: Tensor;
  /** Number of groups, 0-d. */
  readonly count: Tensor;
  readonly inverseShape: Shape;
}

function groupsOf(x: Tensor, { dim }: UniqueOptions, sorted: boolean): Groups {
  return scope(() => {
    const subject = dim === undefined ? reshape(detach(x), [-1]) : detach(x);
    const axis = dim === undefined ? 0 : normalizeAxis('unique', dim, x.ndim);
    const size = subject.shape[axis] as number;
    const rows = reshape(transpose(subject, axis, 0), [size, size === 0 ? 0 : subject.size / size]);
    const order = sorted ? lexicographicOrder(rows) : iota(x.backend, size);
    const neighbours = gather(rows, spreadAlong('unique', order, 0, rows.shape), 0);
    const [group] = scan('sum', int(any(startsOfRuns(neighbours, 0), { dim: 1 })), 0) as [Tensor];
    const count = size === 0 ? filled(x.backend, [], 'int32', 0) : select(group, 0, -1);
    return { subject, axis, order, group, count, inverseShape: dim === undefined ? x.shape : [size] };
  });
}

/** The stable order of the rows of a matrix: sorted by the last column first. */
function lexicographicOrder(rows: Tensor): Tensor {
  const [size, columns] = rows.shape as [number, number];
  let order = iota(rows.backend, size);
  for (let i = columns - 1; i >= 0; i--) {
    const column = gather(select(rows, 1, i), order, 0);
    order = gather(order, stableOrder(column, 0), 0);
  }
  return order;
}

function collect({ subject, axis, order, group, inverseShape }: Groups, count: number): Unique {
  const result = scope(() => {
    const { backend } = subject;
    const [size] = group.shape as [number];
    const ids = sub(group, 1);
    const int32 = (n: number, value: number): Tensor => filled(backend, [n], 'int32', value);
    const firsts = scatterInPlace(int32(count, size), ids, iota(backend, size), 0, 'min');
    const shape = subject.shape.map((n, i) => (i === axis ? count : n));
    const values = gather(subject, spreadAlong('unique', gather(order, firsts, 0), axis, shape), axis);
    const inverse = reshape(scatterInPlace(int32(size, 0), order, ids, 0, 'replace'), inverseShape);
    return { values, inverse, counts: scatterInPlace(int32(count, 0), ids, int32(size, 1), 0, 'sum') };
  });
  for (const x of [subject, order, group]) x.dispose();
  return result;
}
