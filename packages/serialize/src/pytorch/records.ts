import type { ElementType } from '../bytes/element-type.ts';
import type { PytorchKey, TorchDType, Tuple } from './value.ts';

/** Memory that tensors share, before its bytes are read. */
export class StorageRecord {
  readonly key: string;
  /** Null for bytes whose tensors say what they are. */
  readonly type: StorageType | null;
  /** Elements, or bytes where there is no type. */
  readonly length: number;

  constructor(key: string, type: StorageType | null, length: number) {
    this.key = key;
    this.type = type;
    this.length = length;
  }
}

/** A part of a storage, as old files have it. */
export class StorageView {
  readonly storage: StorageRecord;
  readonly offset: number;
  readonly length: number;

  constructor(storage: StorageRecord, offset: number, length: number) {
    this.storage = storage;
    this.offset = offset;
    this.length = length;
  }
}

/** What a storage's elements are. */
export interface StorageType {
  readonly element: ElementType;
  /** Two elements each: tensors get a trailing axis of size 2. */
  readonly complex: boolean;
}

/** A tensor that waits for its storage. */
export class TensorRecord {
  readonly storage: StorageRecord;
  readonly type: StorageType;
  /** In elements, as shape and strides. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  requiresGrad: boolean;

  constructor(
    storage: StorageRecord,
    type: StorageType,
    layout: { readonly offset: number; readonly shape: readonly number[]; readonly strides: readonly number[] },
    requiresGrad: boolean,
  ) {
    this.storage = storage;
    this.type = type;
    this.offset = layout.offset;
    this.shape = layout.shape;
    this.strides = layout.strides;
    this.requiresGrad = requiresGrad;
  }
}

/** A name of Python's that means something here. */
export class Global {
  readonly name: string;
  /** What calling it with these arguments gives; null for what is only named. */
  readonly call: ((args: readonly Loaded[]) => Loaded) | null;
  /** For storage classes. */
  readonly storageType: StorageType | null | undefined;

  constructor(name: string, call: Global['call'], storageType?: StorageType | null) {
    this.name = name;
    this.call = call;
    this.storageType = storageType;
  }
}

/** A value while its pickle is read. */
export type Loaded =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TorchDType
  | Global
  | StorageRecord
  | StorageView
  | TensorRecord
  | Tuple<Loaded>
  | Loaded[]
  | Set<Loaded>
  | Map<PytorchKey, Loaded>;

/** A number of elements, or of something else. */
export function isCount(value: Loaded | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
