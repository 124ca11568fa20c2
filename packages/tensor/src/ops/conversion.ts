import { fillProgram } from '@gradus/backend';
import { BackendError, type DType, formatShape, isDType, ShapeError } from '@gradus/storage';
import { alias, copy, filled, mapInPlace, rangeOf, transferred, transform } from '../launch/index.ts';
import { type BackendRef, resolveBackend, scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './movement.ts';
import { overwrite } from './overwrite.ts';

/** Copies, conversions of dtype, moves between backends, and overwriting. */

/**
 * The tensor as another dtype, or on another backend (the backend itself, or a live one's name); the tensor itself where
 * it is that already. A move reads the values: where the source can't be read synchronously this throws a BackendError,
 * and `await x.transfer(backend)` is the way.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.to.html
 */
export function to(x: Tensor, target: DType | BackendRef): Tensor {
  if (isDType(target)) return target === x.dtype ? x : copy('to', x, target);
  const from = x.backend;
  const backend = resolveBackend(target);
  if (backend === from) return x;
  if (transform?.takes([x])) return transform.move(x, backend);
  if (from.downloadSync === undefined) {
    throw new BackendError(
      `to: backend '${from.name}' can't be read synchronously: use await x.transfer('${backend.name}')`,
    );
  }
  const source = contiguous(x);
  const { byteOffset, byteLength } = rangeOf(source);
  const result = transferred(source, backend, from.downloadSync(source.storage.handle, byteOffset, byteLength));
  if (source !== x) source.dispose();
  return result;
}

/** The tensor on another backend; itself where it is there already. Works from every backend, and waits for it. */
export async function transfer(x: Tensor, target: BackendRef): Promise<Tensor> {
  const backend = resolveBackend(target);
  if (backend === x.backend) return x;
  const source = contiguous(x);
  const { byteOffset, byteLength } = rangeOf(source);
  const bytes = await x.backend.download(source.storage.handle, byteOffset, byteLength);
  const result = transferred(source, backend, bytes);
  if (source !== x) source.dispose();
  return result;
}

/** As float32. */
export function float(x: Tensor): Tensor {
  return to(x, 'float32');
}

/** As float64. */
export function double(x: Tensor): Tensor {
  return to(x, 'float64');
}

/** As float16. */
export function half(x: Tensor): Tensor {
  return to(x, 'float16');
}

export function bfloat16(x: Tensor): Tensor {
  return to(x, 'bfloat16');
}

/** As int32; fractions are cut off. */
export function int(x: Tensor): Tensor {
  return to(x, 'int32');
}

/** As uint8. */
export function byte(x: Tensor): Tensor {
  return to(x, 'uint8');
}

/** As int8. */
export function char(x: Tensor): Tensor {
  return to(x, 'int8');
}

/** As truth values: true where not 0. */
export function bool(x: Tensor): Tensor {
  return to(x, 'bool');
}

/** A copy with memory of its own, through which gradients pass. */
export function clone(x: Tensor): Tensor {
  return copy('clone', x);
}

/** The tensor itself if it is row-major without gaps, else a copy that is. */
export function contiguous(x: Tensor): Tensor {
  return x.layout.isContiguous ? x : copy('contiguous', x);
}

/** The same memory without history: no gradient passes through. In-place writes are seen by both. */
export function detach(x: Tensor): Tensor {
  return alias(x);
}

/** Overwrites x with the source, which broadcasts and is converted to x's dtype and moved to its backend. */
export function copy_(x: Tensor, source: Tensor): Tensor {
  return overwrite('copy', x, to(source, x.backend));
}

/** A tensor like x, filled with one value: a number or a 0-d tensor. */
export function fill(x: Tensor, value: number | boolean | Tensor): Tensor {
  if (typeof value !== 'object') return filled(x.backend, x.shape, x.dtype, Number(value));
  return scope(() => copy('fill', expand(assertScalar('fill', value), x.shape), x.dtype));
}

/** Overwrites x with one value: a number or a 0-d tensor. */
export function fill_(x: Tensor, value: number | boolean | Tensor): Tensor {
  if (typeof value !== 'object') return mapInPlace('fill', fillProgram(x.dtype), [], x, [Number(value)]);
  return overwrite('fill', x, assertScalar('fill_', value));
}

/** Overwrites x with 0. */
export function zero_(x: Tensor): Tensor {
  return fill_(x, 0);
}

function assertScalar(op: string, value: Tensor): Tensor {
  if (value.ndim === 0) return value;
  throw new ShapeError(`${op}: the value must be a number or a 0-d tensor, got shape ${formatShape(value.shape)}`);
}
