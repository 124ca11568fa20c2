import { formatShape } from '@gradus/storage';
import { type ElementName, elementTypes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';
import { Global, isCount, type Loaded, StorageRecord, type StorageType, StorageView, TensorRecord } from './records.ts';
import { TorchDType } from './value.ts';

// What PyTorch's functions of these names make of their arguments (torch/_utils.py), as records.

/** More axes than any tensor of PyTorch's has. */
const MAX_AXES = 64;

const elementsByDType: Readonly<Record<string, ElementName>> = {
  float64: 'f64',
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
  int64: 'i64',
  int32: 'i32',
  int16: 'i16',
  int8: 'i8',
  uint64: 'u64',
  uint32: 'u32',
  uint16: 'u16',
  uint8: 'u8',
  bool: 'bool',
  complex64: 'f32',
  complex128: 'f64',
};

/** (storage, offset, shape, strides, requires_grad, hooks, [dtype]). */
export function rebuildTensor(args: readonly Loaded[]): TensorRecord {
  const [source, offset, shape, strides, requiresGrad = false, , dtype] = args;
  if (
    !(source instanceof StorageRecord || source instanceof StorageView) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length ||
    shape.length > MAX_AXES
  ) {
    throw new FormatError('pytorch: a tensor whose storage, offset, shape or strides are missing or wrong');
  }
  const storage = source instanceof StorageView ? source.storage : source;
  const start = source instanceof StorageView ? source.offset : 0;
  const type = dtype instanceof TorchDType ? typeOf(dtype) : storage.type;
  if (type === null) throw new FormatError('pytorch: a tensor without a dtype');
  assertInside(storage, type, start + offset, shape, strides);
  return new TensorRecord(storage, type, { offset: start + offset, shape, strides }, requiresGrad === true);
}

/** (tensor, requires_grad, ...). */
export function rebuildParameter([data, requiresGrad]: readonly Loaded[]): TensorRecord {
  if (!(data instanceof TensorRecord)) throw new FormatError('pytorch: a parameter without a tensor');
  const { storage, type, offset, shape, strides } = data;
  return new TensorRecord(storage, type, { offset, shape, strides }, requiresGrad === true);
}

/** (function, type, arguments, state): tensors with attributes of their own, which are left out. */
export function rebuildFromType([rebuild, , args]: readonly Loaded[]): Loaded {
  const isRebuild = rebuild instanceof Global && rebuild.name.startsWith('torch._utils._rebuild_');
  if (!isRebuild || rebuild.call === null || !Array.isArray(args)) {
    throw new FormatError('pytorch: a tensor of an unknown type');
  }
  return rebuild.call(args);
}

function typeOf({ name }: TorchDType): StorageType {
  const element = Object.hasOwn(elementsByDType, name) ? elementsByDType[name] : undefined;
  if (element === undefined) throw new FormatError(`pytorch: the dtype ${name} is unknown`);
  return { element: elementTypes[element], complex: name.startsWith('complex') };
}

/** Every element lies within the storage. */
function assertInside(
  storage: StorageRecord,
  type: StorageType,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): void {
  const size = shape.reduce((product, n) => product * n, 1);
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] as number), offset);
  const available = storage.type === null ? storage.length / elementBytes(type) : storage.length;
  if (!Number.isSafeInteger(size) || (size > 0 && !(last < available))) {
    throw new FormatError(
      `pytorch: a tensor of shape ${formatShape(shape)} with strides ${formatShape(strides)} from ${offset} on ` +
        `reaches beyond its storage of ${available} elements`,
    );
  }
}

/** Bytes of one element, both parts of a complex one. */
export function elementBytes(type: StorageType): number {
  return type.element.bytes * (type.complex ? 2 : 1);
}

function isCounts(value: Loaded | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
