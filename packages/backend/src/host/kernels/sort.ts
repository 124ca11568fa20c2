import { decoderOf, type TypedArray } from '@gradus/storage';
import type { HostView } from '../host-view.ts';
import { forEachLine } from '../interpreter.ts';

/** Sorted values and where they came from along an axis: a stable merge sort per line; NaN is the largest. */
export function sort(input: HostView, values: HostView, indices: HostView, axis: number, descending: boolean): void {
  const length = input.layout.rank === 0 ? 1 : (input.layout.shape[axis] as number);
  const line = new SortedLine(length);
  const decode = decoderOf(input.dtype);
  const [source, sorted, places] = [input.data, values.data, indices.data];
  // The stored patterns are moved, so that values keep every bit.
  const stored = source.slice(0, length);
  forEachLine(input.layout, axis, [input, values, indices], (positions, strides, n) => {
    const [from, to, at] = positions as [number, number, number];
    const [fromStride, toStride, atStride] = strides as [number, number, number];
    line.begin();
    for (let i = 0; i < n; i++) {
      stored[i] = source[from + i * fromStride] as number;
      line.add(decode(stored[i] as number), i, descending);
    }
    const order = line.order(descending);
    for (let i = 0; i < n; i++) {
      sorted[to + i * toStride] = stored[order[i] as number] as number;
      places[at + i * atStride] = order[i] as number;
    }
  });
}

/** Runs up to this length are sorted by insertion. */
const RUN = 16;

/** Sorts one line after the other in memory of its own. Descending is ascending by negated keys: stable both ways. */
class SortedLine {
  readonly #length: number;
  #keys: Float64Array;
  #order: Int32Array;
  #spareKeys: Float64Array;
  #spareOrder: Int32Array;
  readonly #nans: Int32Array;
  readonly #result: Int32Array;
  #count = 0;
  #nanCount = 0;

  constructor(length: number) {
    this.#length = length;
    this.#keys = new Float64Array(length);
    this.#order = new Int32Array(length);
    this.#spareKeys = new Float64Array(length);
    this.#spareOrder = new Int32Array(length);
    this.#nans = new Int32Array(length);
    this.#result = new Int32Array(length);
  }

  begin(): void {
    this.#count = 0;
    this.#nanCount = 0;
  }

  add(value: number, index: number, descending: boolean): void {
    if (Number.isNaN(value)) {
      this.#nans[this.#nanCount++] = index;
      return;
    }
    this.#keys[this.#count] = descending ? -value : value;
    this.#order[this.#count++] = index;
  }

  order(descending: boolean): TypedArray {
    this.#sortRuns();
    for (let width = RUN; width < this.#count; width *= 2) this.#mergeRuns(width);
    const [nanStart, start] = descending ? [0, this.#nanCount] : [this.#count, 0];
    this.#result.set(this.#nans.subarray(0, this.#nanCount), nanStart);
    this.#result.set(this.#order.subarray(0, this.#count), start);
    return this.#result.subarray(0, this.#length);
  }

  #sortRuns(): void {
    const [keys, order, count] = [this.#keys, this.#order, this.#count];
    for (let start = 0; start < count; start += RUN) {
      const end = Math.min(start + RUN, count);
      for (let i = start + 1; i < end; i++) {
        const key = keys[i] as number;
        const index = order[i] as number;
        let j = i - 1;
        for (; j >= start && (keys[j] as number) > key; j--) {
          keys[j + 1] = keys[j] as number;
          order[j + 1] = order[j] as number;
        }
        keys[j + 1] = key;
        order[j + 1] = index;
      }
    }
  }

  #mergeRuns(width: number): void {
    const [keys, order, toKeys, toOrder, count] = [
      this.#keys,
      this.#order,
      this.#spareKeys,
      this.#spareOrder,
      this.#count,
    ];
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let to = start; to < end; to++) {
        const takesLeft = left < middle && (right >= end || (keys[left] as number) <= (keys[right] as number));
        const from = takesLeft ? left++ : right++;
        toKeys[to] = keys[from] as number;
        toOrder[to] = order[from] as number;
      }
    }
    [this.#keys, this.#spareKeys] = [toKeys, keys];
    [this.#order, this.#spareOrder] = [toOrder, order];
  }
}
