import {
  BackendError,
  decode,
  extentOf,
  forEachOffset,
  itemSize,
  nest,
  ShapeError,
  type TypedArray,
} from '@gradus/storage';
import { transform } from './launch/transform.ts';
import type { Tensor } from './tensor.ts';

/**
 * Row-major values in a typed array of their own: float16 and bfloat16 as Float32Array, bool as Uint8Array of 0 and 1.
 * Waits for the device.
 */
export async function data(x: Tensor): Promise<TypedArray> {
  const span = spanOf(x);
  if (span === null) return decode(new Uint8Array(0), x.dtype);
  return pick(await x.backend.download(x.storage.handle, span.byteOffset, span.byteLength), x, span.first);
}

/** `data` without waiting, where the backend reads synchronously; throws a BackendError elsewhere. */
export function dataSync(x: Tensor): TypedArray {
  const { backend } = x;
  if (backend.downloadSync === undefined) {
    throw new BackendError(`backend '${backend.name}' can't read synchronously: use await x.data() (or item, toArray)`);
  }
  const span = spanOf(x);
  if (span === null) return decode(new Uint8Array(0), x.dtype);
  return pick(backend.downloadSync(x.storage.handle, span.byteOffset, span.byteLength), x, span.first);
}

/** The value of a tensor of one element; bool gives 0 or 1. */
export async function item(x: Tensor): Promise<number> {
  assertSingle(x);
  return (await data(x))[0] as number;
}

export function itemSync(x: Tensor): number {
  assertSingle(x);
  return dataSync(x)[0] as number;
}

/** Nested arrays of numbers (booleans for bool); a bare value for a scalar. */
export async function toArray(x: Tensor): Promise<NestedValues> {
  return nested(await data(x), x);
}

export function toArraySync(x: Tensor): NestedValues {
  return nested(dataSync(x), x);
}

export type NestedValues = number | boolean | NestedValues[];

function nested(values: TypedArray, x: Tensor): NestedValues {
  const list = x.dtype === 'bool' ? Array.from(values, (value) => value !== 0) : values;
  return nest<number | boolean>(list, x.shape) as NestedValues;
}

function assertSingle(x: Tensor): void {
  if (x.size !== 1)
    throw new ShapeError(`item: a tensor of ${x.size} elements has no single value; use data() or toArray()`);
}

interface Span {
  /** The lowest element that the layout touches. */
  readonly first: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** The bytes between the first and the last element of a view; null when it has none. */
function spanOf(x: Tensor): Span | null {
  if (transform?.takes([x])) transform.refuseRead(x);
  const extent = extentOf(x.layout);
  if (extent === null) return null;
  const [first, last] = extent;
  const bytes = itemSize(x.dtype);
  return { first, byteOffset: first * bytes, byteLength: (last - first + 1) * bytes };
}

/** Decodes a span and brings its elements in row-major order. */
function pick(bytes: Uint8Array, x: Tensor, first: number): TypedArray {
  const values = decode(bytes, x.dtype);
  if (x.layout.isContiguous) return values;
  const result = new (values.constructor as new (length: number) => TypedArray)(x.size);
  let i = 0;
  forEachOffset(x.layout, (offset) => {
    result[i++] = values[offset - first] as number;
  });
  return result;
}
