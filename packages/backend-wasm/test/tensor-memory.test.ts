import { testBackend } from '@gradus/backend-conformance';
import { expect, test } from 'vitest';
import { wasm } from '../src/index.ts';
import { Allocator } from '../src/memory/allocator.ts';
import { LinearMemory } from '../src/memory/linear-memory.ts';
import type { TensorBuffer } from '../src/memory/tensor-buffer.ts';
import { TensorMemory } from '../src/memory/tensor-memory.ts';

const KB = 1024;
const MB = 1024 * KB;

// Moved out and in all the time, tensors are what they were.
testBackend('wasm that collects at every turn', () => wasm({ name: 'wasm-collecting', collectAbove: 0 }));

let allocator: Allocator;

function memoryOf(collectAbove: number, limit = 64 * MB): TensorMemory {
  const memory = new LinearMemory(limit, false);
  allocator = new Allocator(memory, 64 * KB);
  return new TensorMemory(memory, allocator, collectAbove);
}

function allocateFilled(tensors: TensorMemory, value: number, byteLength = 4 * KB): TensorBuffer {
  const handle = tensors.allocate(byteLength);
  tensors.bytes(handle).fill(value);
  return handle;
}

const valuesOf = (tensors: TensorMemory, handle: TensorBuffer): number[] => [...new Set(tensors.bytes(handle))];

test('all are moved out where much has piled up, and keep their content and their count', () => {
  const tensors = memoryOf(10 * KB);
  const handles = [1, 2, 3].map((value) => allocateFilled(tensors, value));
  expect(handles.map(({ bytes }) => bytes)).toEqual([null, null, null]);
  handles.push(allocateFilled(tensors, 4));
  expect(handles.map(({ bytes }) => bytes?.length)).toEqual([4 * KB, 4 * KB, 4 * KB, undefined]);
  expect(handles.map((handle) => valuesOf(tensors, handle))).toEqual([[1], [2], [3], [4]]);
  expect(allocator.report()).toMatchObject({ liveBuffers: 4, liveBytes: 16 * KB, peakBytes: 16 * KB });
  for (const handle of handles) tensors.release(handle);
  expect(allocator.report()).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
});

test('finalizers release what is inside and what was moved out', () => {
  const tensors = memoryOf(6 * KB);
  const finalizers = [1, 2, 3].map((value) => tensors.finalizer(allocateFilled(tensors, value)));
  for (const finalize of finalizers) finalize();
  expect(allocator.report()).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
});

test('what was moved out is held by its handle alone', () => {
  const tensors = memoryOf(8 * MB);
  // As they are registered: the registry holds all of them until the event loop turns.
  const finalizers: (() => void)[] = [];
  for (let i = 0; i < 200; i++) finalizers.push(tensors.finalizer(tensors.allocate(MB)));
  gc?.();
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(32 * MB);
  expect(allocator.report().liveBytes).toBe(200 * MB);
  for (const finalize of finalizers) finalize();
  expect(allocator.report().liveBytes).toBe(0);
});

test('the more is in use, the later tensors are moved out again', () => {
  const tensors = memoryOf(10 * KB);
  const used = [1, 2, 3].map((value) => allocateFilled(tensors, value));
  let moves = 0;
  for (let i = 0; i < 100; i++) {
    allocateFilled(tensors, 0, KB);
    if (used[0]?.bytes) moves++;
    tensors.launch({ kind: 'any', inputs: used.map((handle) => ({ storage: { handle } })) } as never, () => {
      expect(used.every(({ bytes }) => bytes === null)).toBe(true);
    });
  }
  expect(used.map((handle) => valuesOf(tensors, handle))).toEqual([[1], [2], [3]]);
  // 100 KB come to 12 KB in use, and 13 KB more are let in each time.
  expect(moves).toBe(8);
});

test('nothing moves while a kernel is at work', () => {
  const tensors = memoryOf(0);
  const operand = allocateFilled(tensors, 7);
  tensors.launch({ kind: 'any', input: { storage: { handle: operand } } } as never, () => {
    const { pointer } = operand;
    const scratch = tensors.allocate(KB);
    expect([operand.bytes, operand.pointer]).toEqual([null, pointer]);
    tensors.release(scratch);
  });
});

test('at the limit, the rest is moved out of the way', () => {
  const tensors = memoryOf(64 * MB, 4 * MB);
  const first = allocateFilled(tensors, 1, 2 * MB);
  const second = allocateFilled(tensors, 2, 3 * MB);
  expect([first, second].map((handle) => valuesOf(tensors, handle))).toEqual([[1], [2]]);
  expect(() => tensors.allocate(5 * MB)).toThrow(
    'wasm: no room for 5242880 bytes: 0 of at most 4194304 bytes are in use',
  );
});
