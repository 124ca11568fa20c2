import { formatShape, sizeOf } from '@gradus/storage';
import { type BackendRef, permute, type Tensor, to } from '@gradus/tensor';
import { concatenate } from '../bytes/concatenate.ts';
import { bytesOf, swapBytes, tensorFromBytes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';
import { descrs, writtenDType } from './dtype.ts';
import { npyHeader, parseNpyHeader } from './header.ts';

export interface ReadNpyOptions {
  /** Where the tensors go; default: the backend in use. */
  readonly backend?: BackendRef;
}

/**
 * Reads the bytes of a .npy file of any version, byte order and memory order: NumPy's `load`. An array in Fortran order
 * becomes a view with its strides; complex numbers get a trailing axis of size 2 (real, imaginary); 64- and 16-bit integers
 * become int32, with a DTypeError where they don't fit. Throws a FormatError for arrays of objects and for broken files.
 */
export function readNpy(bytes: Uint8Array, options: ReadNpyOptions = {}): Tensor {
  const { dtype, shape, fortranOrder, dataStart } = parseNpyHeader(bytes);
  const { element, bigEndian, complex } = dtype;
  const parts = complex ? [2] : [];
  const expected = sizeOf([...shape, ...parts]) * element.bytes;
  if (bytes.length - dataStart !== expected) {
    throw new FormatError(
      `npy: ${formatShape(shape)} takes ${expected} bytes, but the file holds ${bytes.length - dataStart}`,
    );
  }
  const values = bytes.subarray(dataStart);
  const ordered = bigEndian ? swapBytes(values, element.bytes) : values;
  const axes = shape.map((_, axis) => axis);
  if (!fortranOrder || axes.length < 2) return tensorFromBytes(ordered, element, [...shape, ...parts], options);
  const reversed = tensorFromBytes(
    ordered,
    element,
    [...axes.map((axis) => shape[axis] as number).reverse(), ...parts],
    options,
  );
  const result = permute(reversed, [...axes.reverse(), ...(complex ? [shape.length] : [])]);
  reversed.dispose();
  return result;
}

/**
 * The bytes of a .npy file: NumPy's `save`. bfloat16, which NumPy does not have, is written as float32. Waits for the device.
 */
export async function writeNpy(x: Tensor): Promise<Uint8Array> {
  const dtype = writtenDType(x.dtype);
  const written = dtype === x.dtype ? x : to(x, dtype);
  const bytes = await bytesOf(written);
  if (written !== x) written.dispose();
  return concatenate([npyHeader(descrs[x.dtype], x.shape), bytes]);
}
