import { ArgumentError, formatShape, IndexError, rowMajorStrides, type Shape, sizeOf } from '@gradus/storage';
import type { RandomAccess } from '../bytes/random-access.ts';

/** Per axis the first index and the end of what is wanted; null (or a missing trailing axis) for all of it. */
export type Ranges = readonly (readonly [start: number, end: number] | null)[];

/** A block whose bytes lie this close together is read at once and picked from. */
const READ_AT_ONCE_BYTES = 1 << 20;

/** The ranges of every axis, checked. */
export function resolveRanges(name: string, shape: Shape, ranges: Ranges): readonly (readonly [number, number])[] {
  if (ranges.length > shape.length) {
    throw new ArgumentError(`safetensors: '${name}' has the axes ${formatShape(shape)}, got ${ranges.length} ranges`);
  }
  return shape.map((size, axis) => {
    const [start, end] = ranges[axis] ?? [0, size];
    if (Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= size) {
      return [start, end];
    }
    throw new IndexError(`safetensors: [${start}, ${end}) is no range of axis ${axis} of '${name}' (${size} elements)`);
  });
}

/** The bytes of a block of a row-major tensor that begins at byte `start` of the source, row-major themselves. */
export async function readBlock(
  source: RandomAccess,
  start: number,
  shape: Shape,
  elementBytes: number,
  block: readonly (readonly [number, number])[],
): Promise<Uint8Array> {
  const sizes = block.map(([from, to]) => to - from);
  const result = new Uint8Array(sizeOf(sizes) * elementBytes);
  if (result.length === 0) return result;
  const strides = rowMajorStrides(shape).map((stride) => stride * elementBytes);
  /** Bytes from the first to the last wanted element of the axes from `axis` on. */
  const reach = (axis: number): number =>
    sizes.reduce((sum, n, i) => (i < axis ? sum : sum + (n - 1) * (strides[i] as number)), elementBytes);
  const wanted = (axis: number): number => sizeOf(sizes.slice(axis)) * elementBytes;
  let filled = 0;
  const pick = (bytes: Uint8Array, axis: number, at: number): void => {
    if (reach(axis) === wanted(axis)) {
      result.set(bytes.subarray(at, at + wanted(axis)), filled);
      filled += wanted(axis);
      return;
    }
    for (let i = 0; i < (sizes[axis] as number); i++) pick(bytes, axis + 1, at + i * (strides[axis] as number));
  };
  const visit = async (axis: number, at: number): Promise<void> => {
    if (reach(axis) === wanted(axis) || reach(axis) <= READ_AT_ONCE_BYTES) {
      return pick(await source.read(at, reach(axis)), axis, 0);
    }
    for (let i = 0; i < (sizes[axis] as number); i++) await visit(axis + 1, at + i * (strides[axis] as number));
  };
  const first = block.reduce((sum, [from], axis) => sum + from * (strides[axis] as number), start);
  await visit(0, first);
  return result;
}
