import { allocateView, copyView, fillProgram } from '@gradus/backend';
import { ArgumentError, BackendError } from '@gradus/storage';
import { expect, test } from 'vitest';
import { wasm } from '../src/index.ts';
import { Allocator } from '../src/memory/allocator.ts';
import { LinearMemory } from '../src/memory/linear-memory.ts';

const MB = 1024 * 1024;

function allocatorOf(limit = 64 * MB): { memory: LinearMemory; allocator: Allocator } {
  const memory = new LinearMemory(limit, false);
  return { memory, allocator: new Allocator(memory, 65536) };
}

test('buffers are aligned, apart, and counted by the bytes asked for', () => {
  const { allocator } = allocatorOf();
  const buffers = [0, 1, 16, 17, 1000, 5000, 100_003].map((byteLength) => allocator.allocate(byteLength));
  for (const [i, { pointer, capacity, byteLength }] of buffers.entries()) {
    expect(pointer % 16).toBe(0);
    expect(capacity).toBeGreaterThanOrEqual(byteLength);
    for (const other of buffers.slice(i + 1)) {
      expect(pointer + capacity <= other.pointer || other.pointer + other.capacity <= pointer).toBe(true);
    }
  }
  expect(allocator.report()).toMatchObject({ liveBuffers: 7, liveBytes: 106_037, pooledBytes: 0, peakBytes: 106_037 });
  for (const buffer of buffers) allocator.release(buffer);
  expect(allocator.report()).toMatchObject({ liveBuffers: 0, liveBytes: 0, peakBytes: 106_037 });
});

test('released buffers are used again, for similar sizes too', () => {
  const { allocator } = allocatorOf();
  const first = allocator.allocate(100_000);
  allocator.release(first);
  expect(allocator.report().pooledBytes).toBe(first.capacity);
  const second = allocator.allocate(99_000);
  expect(second.pointer).toBe(first.pointer);
  expect(allocator.report()).toMatchObject({ liveBytes: 99_000, pooledBytes: 0 });
});

test('when the end is reached, free neighbours are joined', () => {
  const { memory, allocator } = allocatorOf(16 * MB);
  const small = Array.from({ length: 14 }, () => allocator.allocate(MB));
  for (const buffer of small.slice(2, 12)) allocator.release(buffer);
  const large = allocator.allocate(8 * MB);
  expect(large.pointer).toBe((small[2] as { pointer: number }).pointer);
  expect(allocator.report()).toMatchObject({ liveBytes: 12 * MB, pooledBytes: 2 * MB });
  expect(memory.memory.buffer.byteLength).toBeLessThanOrEqual(16 * MB);
  // What is left of the gap is still to be had.
  expect(allocator.allocate(2 * MB).pointer).toBe(large.pointer + large.capacity);
});

test('memory that is free at the end is given to larger buffers', () => {
  const { allocator } = allocatorOf(16 * MB);
  const buffers = Array.from({ length: 7 }, () => allocator.allocate(2 * MB));
  for (const buffer of buffers) allocator.release(buffer);
  expect(allocator.allocate(14 * MB).byteLength).toBe(14 * MB);
  expect(allocator.report().pooledBytes).toBe(0);
});

test('lent memory comes back, also where its borrower throws', () => {
  const { allocator } = allocatorOf();
  let lent = 0;
  expect(() =>
    allocator.lend(100, (pointer) => {
      lent = pointer;
      throw new RangeError('in the middle');
    }),
  ).toThrow('in the middle');
  expect(allocator.report()).toMatchObject({ liveBuffers: 0, pooledBytes: 112 });
  expect(allocator.allocate(100).pointer).toBe(lent);
});

test('at the limit a BackendError says what is in use and what to do, and nothing is lost', () => {
  const { allocator } = allocatorOf(4 * MB);
  const buffer = allocator.allocate(2 * MB);
  expect(() => allocator.allocate(3 * MB)).toThrow(BackendError);
  expect(() => allocator.allocate(3 * MB)).toThrow(
    'wasm: no room for 3145728 bytes: 2097152 of at most 4194304 bytes are in use; dispose tensors, or raise maxMemory',
  );
  expect(allocator.report()).toMatchObject({ liveBuffers: 1, liveBytes: 2 * MB });
  allocator.release(buffer);
  expect(allocator.allocate(3 * MB).byteLength).toBe(3 * MB);
});

test('maxMemory bounds a backend, and too little of it is an ArgumentError', () => {
  const backend = wasm({ maxMemory: 8 * MB });
  expect(backend.capabilities).toMatchObject({ maxBufferBytes: 8 * MB, syncRead: true, garbageCollected: false });
  expect(() => backend.allocate(16 * MB)).toThrow(BackendError);
  expect(() => wasm({ maxMemory: 1000 })).toThrow(ArgumentError);
  expect(() => wasm({ maxMemory: Number.NaN })).toThrow('maxMemory is NaN bytes');
});

test('memory grows under live tensors: content stays, launches and reads see the new memory', () => {
  const backend = wasm();
  const [a, b] = [allocateView(backend, [1000], 'float32'), allocateView(backend, [1000], 'float32')];
  const fill = (value: number): void =>
    backend.launch({ kind: 'map', program: fillProgram('float32'), inputs: [], outputs: [a], uniforms: [value] });
  fill(3);
  const others = Array.from({ length: 6 }, () => allocateView(backend, [5_000_000], 'float32'));
  copyView(backend, a, b);
  fill(4);
  const read = (view: typeof a): number[] => {
    const bytes = backend.downloadSync?.(view.storage.handle, 0, 4000) as Uint8Array<ArrayBuffer>;
    return [...new Set(new Float32Array(bytes.buffer))];
  };
  expect([read(a), read(b)]).toEqual([[4], [3]]);
  for (const { storage } of [a, b, ...others]) storage.release();
  expect(backend.memory()).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
});
