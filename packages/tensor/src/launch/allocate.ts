import type { Backend } from '@gradus/backend';
import { BackendError, type DType, expand, Layout, reshape, type Shape, sameShape, type View } from '@gradus/storage';
import { allocateStorage } from '../memory.ts';
import { Tensor } from '../tensor.ts';
import { transform, watcher } from './transform.ts';

/** A new contiguous tensor, content undefined. */
export function allocate(backend: Backend, shape: Shape, dtype: DType): Tensor {
  const layout = Layout.contiguous(shape);
  const storage = allocateStorage(backend, layout, dtype);
  watcher?.(storage);
  return new Tensor(storage, layout, dtype);
}

/** Another handle on the same memory, without history. */
export function alias(x: Tensor, layout: Layout = x.layout): Tensor {
  if (transform?.takes([x])) return transform.alias(x);
  x.storage.retain();
  return new Tensor(x.storage, layout, x.dtype);
}

/** The one backend that the tensors are on; an error names both where there are two. */
export function commonBackend(op: string, tensors: readonly Tensor[]): Backend {
  const backend = (tensors[0] as Tensor).storage.owner;
  for (let i = 1; i < tensors.length; i++) {
    const other = (tensors[i] as Tensor).storage.owner;
    if (other !== backend) {
      throw new BackendError(
        `${op}: tensors are on two backends, ${backend.name} and ${other.name}; move one with x.to('${backend.name}')`,
      );
    }
  }
  return backend;
}

/** A tensor's elements under another shape that its strides can express, as a contiguous one's always can. */
export function laidOut({ storage, layout, dtype }: Tensor, shape: Shape): View<Backend> {
  return { storage, layout: reshape(layout, shape) as Layout, dtype };
}

/** The view stretched to a shape that it broadcasts to. */
export function broadcastView(view: View<Backend>, shape: Shape): View<Backend> {
  if (sameShape(view.layout.shape, shape)) return view;
  return { storage: view.storage, layout: expand(view.layout, shape), dtype: view.dtype };
}
