import { expect, test } from 'vitest';
import { DisposedError, type MemoryOwner, Storage } from '../src/index.ts';

function owner(): MemoryOwner & { readonly released: unknown[] } {
  const released: unknown[] = [];
  return { name: 'test', released, release: (handle) => void released.push(handle) };
}

test('the buffer goes back with the last reference, once', () => {
  const memory = owner();
  const storage = new Storage(memory, 'buffer', 16);
  storage.retain();
  expect(storage.release()).toBe(false);
  expect(storage.handle).toBe('buffer');
  expect(storage.release()).toBe(true);
  expect(storage.release()).toBe(false);
  expect(memory.released).toEqual(['buffer']);
});

test('use after release is an error that names size and backend', () => {
  const storage = new Storage(owner(), 'buffer', 16);
  storage.release();
  expect(() => storage.handle).toThrow(DisposedError);
  expect(() => storage.retain()).toThrow(/16 bytes on test/);
});
