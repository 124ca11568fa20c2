import { Layout, type Shape, sizeOf } from '@gradus/storage';
import { asStrided, type BackendRef, reshape, type Tensor } from '@gradus/tensor';
import { swapBytes, tensorFromBytes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';
import { elementBytes } from './rebuild.ts';
import { Global, type Loaded, StorageRecord, type StorageType, StorageView, TensorRecord } from './records.ts';
import type { PytorchValue } from './value.ts';

/** What nests deeper than this is refused. */
const MAX_DEPTH = 1000;

/** A storage's bytes, by its key. */
export interface StorageBytes {
  get(key: string): Uint8Array | undefined;
  readonly bigEndian: boolean;
}

/**
 * Replaces the records of a value by tensors, in place. Tensors of one storage share memory, as they did in PyTorch.
 */
export function materialize(value: Loaded, bytes: StorageBytes, backend: BackendRef | undefined): PytorchValue {
  const memory = new Memory(bytes, backend);
  try {
    return new Walk(memory).visit(value, 0);
  } catch (error) {
    memory.disposeTensors();
    throw error;
  } finally {
    memory.disposeStorages();
  }
}

/** Goes through nested containers, each once. */
class Walk {
  readonly #memory: Memory;
  readonly #open = new Set<object>();
  readonly #done = new Set<object>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  visit(value: Loaded, depth: number): PytorchValue {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value as PytorchValue;
    if (value instanceof TensorRecord) return this.#memory.tensor(value);
    if (value instanceof StorageRecord) return this.#memory.wholeStorage(value);
    if (value instanceof StorageView || value instanceof Global) {
      throw new FormatError('pytorch: a name or a part of a storage where a value should be');
    }
    if (Array.isArray(value) || value instanceof Map || value instanceof Set) this.#replace(value, depth);
    return value as PytorchValue;
  }

  #replace(container: Loaded[] | Map<unknown, Loaded> | Set<Loaded>, depth: number): void {
    if (this.#done.has(container)) return;
    if (this.#open.has(container)) throw new FormatError('pytorch: a container that contains itself');
    if (depth > MAX_DEPTH) throw new FormatError(`pytorch: nested more than ${MAX_DEPTH} levels deep`);
    this.#open.add(container);
    const next = (part: Loaded): Loaded => this.visit(part, depth + 1) as Loaded;
    if (Array.isArray(container)) {
      for (let i = 0; i < container.length; i++) container[i] = next(container[i] as Loaded);
    } else if (container instanceof Map) {
      for (const [key, part] of container) container.set(key, next(part));
    } else {
      const parts = [...container];
      container.clear();
      for (const part of parts) container.add(next(part));
    }
    this.#open.delete(container);
    this.#done.add(container);
  }
}

/** Tensors over the storages of a file. */
class Memory {
  readonly #bytes: StorageBytes;
  readonly #backend: BackendRef | undefined;
  /** Per storage, a flat tensor for each element type that it is read as. */
  readonly #storages = new Map<StorageRecord, Map<string, Tensor>>();
  readonly #tensors = new Map<TensorRecord, Tensor>();

  constructor(bytes: StorageBytes, backend: BackendRef | undefined) {
    this.#bytes = bytes;
    this.#backend = backend;
  }

  tensor(record: TensorRecord): Tensor {
    const known = this.#tensors.get(record);
    if (known !== undefined) return known;
    const { type, requiresGrad } = record;
    const flat = this.#flat(record.storage, type);
    const { shape, strides, offset } = layoutOf(record);
    const covers = offset === 0 && sizeOf(shape) === flat.size && new Layout(shape, strides).isContiguous;
    const result = covers ? reshape(flat, shape) : asStrided(flat, shape, strides, offset);
    if (requiresGrad) result.setRequiresGrad();
    this.#tensors.set(record, result);
    return result;
  }

  wholeStorage(storage: StorageRecord): Tensor {
    const { type, length } = storage;
    if (type === null) throw new FormatError('pytorch: a storage without a dtype');
    const layout = { offset: 0, shape: [length], strides: [1] };
    return this.tensor(new TensorRecord(storage, type, layout, false));
  }

  /** The tensors hold on to the memory that they need. */
  disposeStorages(): void {
    for (const byType of this.#storages.values()) for (const flat of byType.values()) flat.dispose();
  }

  disposeTensors(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }

  #flat(storage: StorageRecord, type: StorageType): Tensor {
    const byType = this.#storages.get(storage) ?? new Map<string, Tensor>();
    this.#storages.set(storage, byType);
    let flat = byType.get(type.element.name);
    if (flat === undefined) {
      flat = this.#read(storage, type);
      byType.set(type.element.name, flat);
    }
    return flat;
  }

  #read(storage: StorageRecord, type: StorageType): Tensor {
    const expected = storage.length * (storage.type === null ? 1 : elementBytes(storage.type));
    const bytes = this.#bytes.get(storage.key) ?? new Uint8Array(0);
    if (bytes.length !== expected) {
      throw new FormatError(`pytorch: storage '${storage.key}' has ${bytes.length} bytes, expected ${expected}`);
    }
    const { element } = type;
    const whole = bytes.subarray(0, Math.floor(bytes.length / element.bytes) * element.bytes);
    const ordered = this.#bytes.bigEndian ? swapBytes(whole, element.bytes) : whole;
    return tensorFromBytes(ordered, element, [whole.length / element.bytes], { backend: this.#backend });
  }
}

/** In parts: a complex tensor gets a trailing axis of real and imaginary. */
function layoutOf({ type, offset, shape, strides }: TensorRecord): {
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
} {
  if (!type.complex) return { offset, shape, strides };
  return { offset: 2 * offset, shape: [...shape, 2], strides: [...strides.map((stride) => 2 * stride), 1] };
}
