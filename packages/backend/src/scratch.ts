import { type DType, itemSize, Layout, type Shape, Storage } from '@gradus/storage';
import type { Backend } from './backend.ts';
import { copyProgram } from './expression/program.ts';
import type { View } from './kernel.ts';

/** A new contiguous view in memory of its own. */
export function allocateView(backend: Backend, shape: Shape, dtype: DType): View {
  const layout = Layout.contiguous(shape);
  const byteLength = layout.size * itemSize(dtype);
  return { storage: new Storage(backend, backend.allocate(byteLength), byteLength), layout, dtype };
}

/** Runs `body` with an allocator whose views are released when it returns. */
export function withScratch(backend: Backend, body: (allocate: (shape: Shape, dtype: DType) => View) => void): void {
  const views: View[] = [];
  try {
    body((shape, dtype) => {
      const view = allocateView(backend, shape, dtype);
      views.push(view);
      return view;
    });
  } finally {
    for (const view of views) view.storage.release();
  }
}

/** The same memory under another layout. */
export function withLayout(view: View, layout: Layout): View {
  return { storage: view.storage, layout, dtype: view.dtype };
}

/** Copies elements between views of one shape, converting dtypes. */
export function copyView(backend: Backend, from: View, to: View): void {
  const program = copyProgram(from.dtype, to.dtype);
  backend.launch({ kind: 'map', program, inputs: [from], outputs: [to], uniforms: [] });
}
