import { allocateArray, BackendError, itemSize, Layout, viewArray } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import type { FactorizationKernel } from '../fused.ts';
import { HostMemoryBackend } from '../host/host-memory-backend.ts';
import { type HostView, hostView } from '../host/host-view.ts';
import type { View } from '../kernel.ts';
import { copyView, withScratch } from '../scratch.ts';

/** What a kernel does with its views in host memory. */
export type HostKernel = (inputs: readonly HostView[], outputs: readonly HostView[]) => void;

/**
 * Runs a kernel on host memory: the backend's own, or copies where the backend reads synchronously. What would have to wait
 * for a device is refused.
 */
export function onHost(backend: Backend, kernel: FactorizationKernel, run: HostKernel): void {
  if (backend instanceof HostMemoryBackend) return run(kernel.inputs.map(hostView), kernel.outputs.map(hostView));
  const { name, capabilities } = backend;
  if (!capabilities.syncRead) {
    throw new BackendError(
      `${kernel.algorithm.name}: backend '${name}' doesn't factorize matrices; move them to one that has host memory, ` +
        "with await x.transfer('cpu') for example",
    );
  }
  withScratch(backend, (allocate) => {
    const contiguous = (view: View): View =>
      view.layout.isContiguous ? view : allocate(view.layout.shape, view.dtype);
    const inputs = kernel.inputs.map((view) => {
      const source = contiguous(view);
      if (source !== view) copyView(backend, view, source);
      return read(backend, source);
    });
    const outputs = kernel.outputs.map(({ layout: { shape, size }, dtype }) => {
      return { data: allocateArray(dtype, size), layout: Layout.contiguous(shape), dtype };
    });
    run(inputs, outputs);
    kernel.outputs.forEach((view, i) => {
      const target = contiguous(view);
      write(backend, outputs[i] as HostView, target);
      if (target !== view) copyView(backend, target, view);
    });
  });
}

function read(backend: Backend, { storage, layout: { shape, offset, size }, dtype }: View): HostView {
  const bytes = itemSize(dtype);
  const content = backend.downloadSync?.(storage.handle, offset * bytes, size * bytes) ?? new Uint8Array();
  return { data: viewArray(dtype, content.slice().buffer), layout: Layout.contiguous(shape), dtype };
}

function write(backend: Backend, { data }: HostView, { storage, layout, dtype }: View): void {
  if (data.length > 0) backend.upload(storage.handle, layout.offset * itemSize(dtype), new Uint8Array(data.buffer));
}
