import type { View } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { Binding } from '../queue/kernel-source.ts';
import { bindingElement } from './access.ts';
import { vectorElement } from './four-access.ts';

/** The buffers behind views, each once: WebGPU binds none twice where one of the views is written. */
export interface BoundViews {
  readonly buffers: readonly GpuBuffer[];
  /** The place in `buffers` of every view's. */
  readonly slots: readonly number[];
}

/** Throws a DisposedError for a view whose memory was released. */
export function bindViews(views: readonly View[]): BoundViews {
  const buffers: GpuBuffer[] = [];
  const slots: number[] = [];
  for (let k = 0; k < views.length; k++) {
    const buffer = (views[k] as View).storage.handle as GpuBuffer;
    let slot = buffers.indexOf(buffer);
    if (slot < 0) slot = buffers.push(buffer) - 1;
    slots.push(slot);
  }
  return { buffers, slots };
}

/** What a kernel is told of a view when its code is written. */
export interface ViewType {
  readonly dtype: DType;
  readonly written: boolean;
  /** Whether an index means four neighbours; then it does so for all views of the buffer, which have one dtype. */
  readonly isVector?: boolean;
}

/** The bindings of a kernel, and for every view the one that it is in. */
export function bindingsOf(
  views: readonly ViewType[],
  slots: readonly number[],
): { readonly bindings: readonly Binding[]; readonly of: (view: number) => Binding } {
  const bindings: Binding[] = [];
  for (let slot = 0; slots.includes(slot); slot++) {
    const members = views.filter((_, k) => slots[k] === slot);
    const written = members.some((member) => member.written);
    const [{ dtype, isVector = false }] = members as [ViewType];
    bindings.push({
      name: `buffer${slot}`,
      element: isVector ? vectorElement(dtype) : bindingElement(members),
      written,
    });
  }
  return { bindings, of: (view) => bindings[slots[view] as number] as Binding };
}
