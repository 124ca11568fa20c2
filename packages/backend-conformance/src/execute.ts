import { allocateView, type Backend, dispatch, type Kernel, type View } from '@gradus/backend';
import { type TypedArray, viewArray } from '@gradus/storage';
import type { Memory, Operand } from './operand.ts';

/** Puts operands on the backend that a kernel is being made for. */
export type Place = (operand: Operand) => View;

/** Runs a kernel on a backend and gives what every memory holds afterwards. All buffers are given back. */
export async function execute(backend: Backend, kernelOf: (place: Place) => Kernel): Promise<Map<Memory, TypedArray>> {
  const before = backend.memory();
  const placed = new Map<Memory, View>();
  const after = new Map<Memory, TypedArray>();
  const place: Place = (operand) => {
    const { storage } = placed.get(operand.memory) ?? upload(backend, operand, placed);
    return { storage, layout: operand.layout, dtype: operand.dtype };
  };
  try {
    dispatch(backend, kernelOf(place));
    for (const [memory, { storage, dtype }] of placed) {
      const bytes = await backend.download(storage.handle, 0, storage.byteLength);
      after.set(memory, viewArray(dtype, bytes.slice().buffer));
    }
  } finally {
    await backend.synchronize();
    for (const { storage } of placed.values()) {
      // What is left behind for the next one to allocate is garbage.
      backend.upload(storage.handle, 0, new Uint8Array(storage.byteLength).fill(0xff));
      storage.release();
    }
  }
  assertBalanced(backend, before);
  return after;
}

function upload(backend: Backend, { memory, dtype }: Operand, placed: Map<Memory, View>): View {
  const { buffer, byteOffset, byteLength } = memory.content;
  const view = allocateView(backend, [memory.content.length], dtype);
  backend.upload(view.storage.handle, 0, new Uint8Array(buffer, byteOffset, byteLength));
  placed.set(memory, view);
  return view;
}

function assertBalanced(backend: Backend, before: ReturnType<Backend['memory']>): void {
  const { liveBuffers, liveBytes } = backend.memory();
  if (liveBuffers !== before.liveBuffers || liveBytes !== before.liveBytes) {
    throw new Error(
      `memory: ${liveBuffers} buffers, ${liveBytes} bytes live after a launch; ` +
        `${before.liveBuffers} buffers, ${before.liveBytes} bytes before`,
    );
  }
}

/** Leaves garbage of many sizes in the backend's pool, so that a result that depends on fresh zeros shows. */
export function poison(backend: Backend): void {
  const handles = [8, 16, 64, 128, 256, 512, 1024, 4096, 16384].flatMap((byteLength) =>
    [0, 1, 2].map(() => {
      const handle = backend.allocate(byteLength);
      backend.upload(handle, 0, new Uint8Array(byteLength).fill(0xff));
      return handle;
    }),
  );
  for (const handle of handles) backend.release(handle);
}
