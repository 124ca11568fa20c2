import type { HostView, View } from '@gradus/backend';
import { itemSize, Layout } from '@gradus/storage';
import { pointerOf } from './map.ts';
import type { LinearMemory } from './memory/linear-memory.ts';

/**
 * A view of linear memory as kernels in plain JavaScript take it: an array over all of the memory, and a layout that starts
 * at the buffer. Good until memory is allocated.
 */
export function hostViewOf(memory: LinearMemory, view: View): HostView {
  const { shape, strides, offset } = view.layout;
  const start = pointerOf(view) / itemSize(view.dtype);
  return { data: memory.array(view.dtype), layout: new Layout(shape, strides, start + offset), dtype: view.dtype };
}
