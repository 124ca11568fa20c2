import { type Expression, expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { type DType, formatShape, promoteTypes, ShapeError, sameShape } from '@gradus/storage';
import { filled, gather, map, mapMany } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { detach, to } from '../ops/conversion.ts';
import { reshape } from '../ops/movement.ts';
import { eq, logicalNot, minimum } from '../ops/pointwise/index.ts';
import { sort } from '../ops/sorting.ts';
import type { Tensor } from '../tensor.ts';

/** Search in sorted tensors. */

interface SearchOptions {
  /** Where the element equals boundaries: behind them instead of before them. */
  readonly right?: boolean;
}

interface SearchSortedOptions extends SearchOptions {
  /** The order in which `sorted` is ascending, as argsort gives it. */
  readonly sorter?: Tensor;
}

/**
 * Where `values` would go into `sorted` (ascending along the last axis) to keep it so, int32. A vector is searched for
 * values of any shape; else all axes but the last must be equal.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.searchsorted.html
 */
export function searchsorted(sorted: Tensor, values: number | Tensor, options: SearchSortedOptions = {}): Tensor {
  const { right = false, sorter } = options;
  return scope(() => {
    const wanted = typeof values === 'number' ? filled(sorted.backend, [], sorted.dtype, values) : detach(values);
    const axis = sorted.ndim - 1;
    assertSearchable(sorted, wanted);
    const line = sorter === undefined ? detach(sorted) : gather(detach(sorted), to(sorter, 'int32'), axis);
    const queries = axis === 0 ? reshape(wanted, [-1]) : wanted;
    return reshape(search(line, queries, axis, right), wanted.shape);
  });
}

/** In which interval between the (sorted) boundaries each element lies, int32: `searchsorted` the other way round. */
export function bucketize(x: Tensor, boundaries: Tensor, options: SearchOptions = {}): Tensor {
  if (boundaries.ndim !== 1)
    throw new ShapeError(`bucketize: boundaries must be a vector, got shape ${formatShape(boundaries.shape)}`);
  return searchsorted(boundaries, x, options);
}

function assertSearchable(sorted: Tensor, values: Tensor): void {
  if (sorted.ndim === 1 || (sorted.ndim > 1 && sameShape(sorted.shape.slice(0, -1), values.shape.slice(0, -1)))) return;
  throw new ShapeError(
    `searchsorted: sorted ${formatShape(sorted.shape)} must be a vector, or have the axes of values ${formatShape(values.shape)} but for the last`,
  );
}

/**
 * Binary search of all values at once. Each has a range of places where it may belong, halved at each step, which is a
 * gather and a map. (Probes as C++'s lower_bound and upper_bound do, which shows where the elements aren't in order.)
 */
function search(sorted: Tensor, values: Tensor, axis: number, right: boolean): Tensor {
  const size = sorted.shape[axis] as number;
  const step = searchProgram(sorted.dtype, values.dtype, right);
  let range: readonly Tensor[] = [0, size].map((n) => filled(sorted.backend, values.shape, 'int32', n));
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
    const probe = map('searchsorted', probeProgram, range, [size - 1]);
    range = mapMany('searchsorted', step, [gather(sorted, probe, axis), values, ...range]);
  }
  return range[0] as Tensor;
}

const middle = (start: Expression, length: Expression): Expression => e.add(start, e.shr(length, 1));

/** The element in the middle; any, once the range is empty. */
const probeProgram: MapProgram = mapProgram(
  ['int32', 'int32'],
  ['int32'],
  [e.min(middle(input(0, 'int32'), input(1, 'int32')), uniform(0, 'int32'))],
);

/** Start and length of the range behind that element, if it lies before the value, else of the one up to it. */
function searchProgram(boundary: DType, value: DType, right: boolean): MapProgram {
  const dtype = promoteTypes(boundary, value);
  const [at, wanted] = [e.cast(input(0, boundary), dtype), e.cast(input(1, value), dtype)];
  const [start, length] = [input(2, 'int32'), input(3, 'int32')];
  // Negated, so that NaN is larger than everything.
  const isBefore = e.and(e.not(right ? e.gt(at, wanted) : e.ge(at, wanted)), e.gt(length, 0));
  const half = e.shr(length, 1);
  return mapProgram(
    [boundary, value, 'int32', 'int32'],
    [],
    [
      e.select(isBefore, e.add(middle(start, length), 1), start),
      e.select(isBefore, e.sub(e.sub(length, half), 1), half),
    ],
  );
}

interface IsinOptions {
  /** Whether each element is not among the others. */
  readonly invert?: boolean;
}

/**
 * Whether each element is among the elements of `others`. bool, x's shape.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.isin.html
 */
export function isin(x: Tensor, others: number | Tensor, options: IsinOptions = {}): Tensor {
  return scope(() => {
    const found = typeof others === 'number' ? eq(x, others) : among(x, others);
    return options.invert === true ? logicalNot(found) : found;
  });
}

function among(x: Tensor, others: Tensor): Tensor {
  if (others.size === 0) return filled(x.backend, x.shape, 'bool', 0);
  const { values } = sort(reshape(detach(others), [-1]));
  const place = minimum(searchsorted(values, x), others.size - 1);
  return eq(reshape(gather(values, reshape(place, [-1]), 0), x.shape), x);
}
