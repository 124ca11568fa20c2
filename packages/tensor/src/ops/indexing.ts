import { ArgumentError, type Shape } from '@gradus/storage';
import { copy, filled, scatterInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { data, dataSync } from '../read.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelect } from './gather.ts';
import { type HostMask, type Index, isTensor, mergeAxes, resolve, type Selection } from './index-list.ts';
import { spreadAlong } from './index-operand.ts';
import { takeInOrder } from './mask-operand.ts';
import { expand, movedim, reshape } from './movement.ts';
import { overwrite } from './overwrite.ts';
import { add, type Scalar, where } from './pointwise/index.ts';

/**
 * Python's `x[...]`: `x.get(0, range(1, 5), '...', null, [2, 0, -1])` reads and `x.set([0, range(1, 5)], value)` writes.
 *
 * @see https://pytorch.org/docs/stable/tensor_view.html
 * @see https://numpy.org/doc/stable/user/basics.indexing.html
 */

/**
 * The selected elements: a view for numbers, slices, `'...'` and null; a copy where there are arrays or tensors of
 * indices. A mask on the device decides the result's shape: `getAsync`, or `getSync`.
 */
export function get(x: Tensor, ...index: Index[]): Tensor {
  return read(x, index);
}

/** `get` for indices with masks; waits for their values. */
export async function getAsync(x: Tensor, ...index: Index[]): Promise<Tensor> {
  const known: (Index | HostMask)[] = [];
  for (const entry of index) known.push(isMask(entry) ? { shape: entry.shape, values: await data(entry) } : entry);
  return read(x, known);
}

/** `get` for indices with masks, where the backend reads synchronously. */
export function getSync(x: Tensor, ...index: Index[]): Tensor {
  return read(
    x,
    index.map((entry) => (isMask(entry) ? { shape: entry.shape, values: dataSync(entry) } : entry)),
  );
}

/**
 * Writes to the selected elements, in place. The value broadcasts to what `get` would give; where a mask selects, it is
 * a number, broadcasts over the selected places, or has one element (or row) for each of them in order.
 */
export function set(x: Tensor, index: readonly Index[], value: Tensor | Scalar): Tensor {
  return write('set', x, index, value, false);
}

/**
 * Writes (or, with `accumulate`, adds) values at the places that tensors of indices, one per axis, name; null takes all
 * of an axis. Without `accumulate` the last of several values for one place wins.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
 */
export function indexPut_(
  x: Tensor,
  indices: readonly (Tensor | null)[],
  values: Tensor | Scalar,
  options: { readonly accumulate?: boolean } = {},
): Tensor {
  return write(
    'indexPut',
    x,
    indices.map((index) => index ?? {}),
    values,
    options.accumulate ?? false,
  );
}

export function indexPut(
  x: Tensor,
  indices: readonly (Tensor | null)[],
  values: Tensor | Scalar,
  options: { readonly accumulate?: boolean } = {},
): Tensor {
  return indexPut_(copy('indexPut', x), indices, values, options);
}

function isMask(entry: Index): entry is Tensor {
  return isTensor(entry) && entry.dtype === 'bool';
}

function read(x: Tensor, index: readonly (Index | HostMask)[]): Tensor {
  return scope(() => {
    const selection = resolve('get', x, index);
    if (selection.masks.length > 0) {
      throw new ArgumentError(
        "get: a mask's values decide the result's shape: await x.getAsync(...), or x.getSync(...) where the backend reads synchronously",
      );
    }
    if (selection.indices.length === 0) return selection.view;
    const line = mergeAxes('get', selection);
    return reshape(indexSelect(line.merged, line.axis, line.index), line.shape);
  });
}

function write(op: string, x: Tensor, index: readonly Index[], value: Tensor | Scalar, accumulate: boolean): Tensor {
  return scope(() => {
    const selection = resolve(op, x, index);
    const values = typeof value === 'object' ? value : filled(x.backend, [], x.dtype, Number(value));
    if (selection.masks.length > 0) writeByMask(op, selection, values, accumulate);
    else if (selection.indices.length > 0) writeByIndices(op, selection, values, accumulate);
    else overwrite(op, selection.view, fitted(accumulate ? add(selection.view, values) : values, selection.view.ndim));
    return x;
  });
}

function writeByIndices(op: string, selection: Selection, values: Tensor, accumulate: boolean): void {
  const { view } = selection;
  const { merged, axis, index, shape, restore } = mergeAxes(op, selection);
  const lines = merged.shape.map((n, i) => (i === axis ? index.size : n));
  const typed = values.dtype === view.dtype ? values : copy(op, values, view.dtype);
  const source = reshape(expand(fitted(typed, shape.length), shape), lines);
  // A kernel may not read what it is writing.
  const separate = source.storage === merged.storage ? copy(op, source) : source;
  scatterInPlace(merged, spreadAlong(op, index, axis, lines), separate, axis, accumulate ? 'sum' : 'replace');
  if (merged.storage !== view.storage) overwrite(op, view, restore(merged));
}

function writeByMask(op: string, { view, indices, masks }: Selection, values: Tensor, accumulate: boolean): void {
  const [{ axis, mask }, ...more] = masks as [Selection['masks'][number], ...Selection['masks']];
  if (more.length > 0 || indices.length > 0) {
    throw new ArgumentError(
      `${op}: one mask can be written by, not together with other masks or indices; find its places with await mask.nonzero()`,
    );
  }
  if (values.size === 0) return;
  const after = view.shape.slice(axis + mask.ndim);
  const places = expand(reshape(mask, [...mask.shape, ...after.map(() => 1)]), view.shape);
  const source = valuesByMask(fitted(values, view.ndim - mask.ndim + 1), view.shape, axis, mask);
  overwrite(op, view, where(places, accumulate ? add(view, source) : source, view));
}

/** The values over the view's axes: in order where there is one per true place, else broadcast. */
function valuesByMask(values: Tensor, shape: Shape, axis: number, mask: Tensor): Tensor {
  const after = shape.length - axis - mask.ndim;
  const at = values.ndim - after - 1;
  if (at < 0) return values;
  if (values.shape[at] === 1) {
    return reshape(values, values.shape.toSpliced(at, 1, ...mask.shape.map(() => 1)));
  }
  const taken = takeInOrder(mask, movedim(values, at, 0));
  const maskAxes = mask.shape.map((_, i) => i);
  return movedim(
    taken,
    maskAxes,
    maskAxes.map((i) => i + at),
  );
}

/** Leading axes of size 1 beyond the target's dropped, as an assignment allows. */
function fitted(values: Tensor, rank: number): Tensor {
  const extra = values.ndim - rank;
  return extra > 0 && values.shape.slice(0, extra).every((n) => n === 1)
    ? reshape(values, values.shape.slice(extra))
    : values;
}
