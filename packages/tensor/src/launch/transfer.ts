import type { Backend } from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate } from './allocate.ts';

/** Where the bytes of a contiguous tensor lie. */
export function rangeOf(x: Tensor): { readonly byteOffset: number; readonly byteLength: number } {
  const bytes = itemSize(x.dtype);
  return { byteOffset: x.layout.offset * bytes, byteLength: x.size * bytes };
}

/** The tensor on another backend, from the bytes that were read from the contiguous `x`. */
export function transferred(x: Tensor, backend: Backend, bytes: Uint8Array): Tensor {
  const output = allocate(backend, x.shape, x.dtype);
  if (recorder?.wants([x])) recorder.record({ kind: 'transfer', from: x.backend }, [x], [output]);
  if (x.size > 0) backend.upload(output.storage.handle, 0, bytes);
  return output;
}
