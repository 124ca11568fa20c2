import { ArgumentError, type Shape, sizeOf, type TypedArray } from '@gradus/storage';

/** The content of an IDX file. */
export interface IdxArray {
  readonly shape: Shape;
  readonly values: TypedArray;
}

/** How an element type is read; numbers are big endian. */
interface ElementType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly array: new (length: number) => TypedArray;
}

/** By the third byte of the file. */
const elementTypes: ReadonlyMap<number, ElementType> = new Map([
  [0x08, { bytes: 1, read: (view, at) => view.getUint8(at), array: Uint8Array }],
  [0x09, { bytes: 1, read: (view, at) => view.getInt8(at), array: Int8Array }],
  [0x0b, { bytes: 2, read: (view, at) => view.getInt16(at), array: Int32Array }],
  [0x0c, { bytes: 4, read: (view, at) => view.getInt32(at), array: Int32Array }],
  [0x0d, { bytes: 4, read: (view, at) => view.getFloat32(at), array: Float32Array }],
  [0x0e, { bytes: 8, read: (view, at) => view.getFloat64(at), array: Float64Array }],
] satisfies [number, ElementType][]);

/**
 * Reads an IDX file, the format of MNIST and its relatives. 16-bit integers come as 32-bit ones. Throws an ArgumentError
 * for bytes that are no complete IDX file.
 *
 * @see http://yann.lecun.com/exdb/mnist/ for the format
 */
export function parseIdx(file: Uint8Array): IdxArray {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const type = file.length >= 4 && view.getUint16(0) === 0 ? elementTypes.get(view.getUint8(2)) : undefined;
  if (type === undefined) throw new ArgumentError('parseIdx: an IDX file begins with 0, 0 and a known element type');
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  if (file.length < start)
    throw new ArgumentError(`parseIdx: ${file.length} bytes end within the sizes of ${rank} axes`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOf(shape);
  if (file.length !== start + size * type.bytes) {
    const expected = `${shape.join(' x ')} elements of ${type.bytes} bytes`;
    throw new ArgumentError(`parseIdx: ${file.length - start} bytes after the header, not ${expected}`);
  }
  if (type.array === Uint8Array) return { shape, values: new Uint8Array(file.subarray(start)) };
  const values = new type.array(size);
  for (let i = 0; i < size; i++) values[i] = type.read(view, start + i * type.bytes);
  return { shape, values };
}
