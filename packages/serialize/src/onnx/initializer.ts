import { assertShape, formatShape, sizeOf } from '@gradus/storage';
import { type BackendRef, fromValues, type Tensor } from '@gradus/tensor';
import { tensorFromBytes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';
import { elementOf, INT64 } from './data-type.ts';
import type { TensorProto } from './model.ts';

/** More axes than ONNX's runtimes take. */
const MAX_AXES = 64;

/**
 * A tensor of a graph. int64 becomes int32; numbers beyond it are an error where they are values, but are cut to its range in
 * lists of integers, where they stand for "to the end".
 */
export function readTensor(proto: TensorProto, backend: BackendRef, cutIntegers = false): Tensor {
  const { dims, dataType, raw, external, name } = proto;
  if (external) throw new FormatError(`onnx: the values of '${name}' are in another file, which is not supported`);
  assertDims(name, dims);
  const element = elementOf(dataType);
  const size = sizeOf(dims);
  if (cutIntegers && dataType === INT64) return fromValues(cut(integersOf(proto)), dims, { dtype: 'int32', backend });
  const have = raw === null ? valuesOf(proto).length : raw.length / element.bytes;
  if (have !== size) throw new FormatError(`onnx: '${name}' has ${have} values for the shape ${formatShape(dims)}`);
  if (raw !== null) return tensorFromBytes(raw, element, dims, { backend });
  const bits = element.dtype === 'float16' || element.dtype === 'bfloat16';
  if (bits) return tensorFromBytes(new Uint8Array(Uint16Array.from(proto.int32s).buffer), element, dims, { backend });
  return fromValues(valuesOf(proto), dims, { dtype: element.dtype, backend });
}

/** Whether a tensor is a number or a list of int64: a shape, axes, starts and ends. */
export function isIntegerList(proto: TensorProto): boolean {
  return proto.dataType === INT64 && proto.dims.length <= 1;
}

function valuesOf(proto: TensorProto): readonly number[] {
  const { floats, doubles, int32s, int64s, uint64s } = proto;
  return [floats, doubles, int32s, int64s, uint64s].find((list) => list.length > 0) ?? [];
}

function integersOf({ raw, int64s, name, dims }: TensorProto): readonly number[] {
  const values = raw === null ? int64s : Array.from(bigIntegers(name, raw), Number);
  if (values.length !== sizeOf(dims)) {
    throw new FormatError(`onnx: '${name}' has ${values.length} values for the shape ${formatShape(dims)}`);
  }
  return values;
}

function bigIntegers(name: string, raw: Uint8Array): BigInt64Array {
  if (raw.length % 8 !== 0) throw new FormatError(`onnx: '${name}' has ${raw.length} bytes, which are no int64`);
  return new BigInt64Array(new Uint8Array(raw).buffer);
}

function cut(values: readonly number[]): number[] {
  return values.map((value) => Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1));
}

function assertDims(name: string, dims: readonly number[]): void {
  if (dims.length > MAX_AXES || !Number.isSafeInteger(sizeOf(dims))) {
    throw new FormatError(`onnx: '${name}' has the impossible shape ${formatShape(dims)}`);
  }
  try {
    assertShape('onnx', dims);
  } catch (cause) {
    throw new FormatError(`onnx: '${name}' has the impossible shape ${formatShape(dims)}`, { cause });
  }
}
