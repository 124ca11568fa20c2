import type { Backend } from '@gradus/backend';
import { type DType, extentOf, Layout, type Storage, slice } from '@gradus/storage';
import { contiguous, data, Tensor } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { bytesOf } from '../bytes/element-type.ts';
import { writeZip } from '../zip/write-zip.ts';
import { MAX_DEPTH, type PytorchInput, pickle, type StoredTensor } from './pickle.ts';

/** PyTorch's classes; it has no storage of uint32, whose values int64 holds. */
const storageClasses: Readonly<Record<DType, string>> = {
  float64: 'DoubleStorage',
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int32: 'IntStorage',
  uint32: 'LongStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** As PyTorch aligns storages, so that they can be mapped into memory. */
const ALIGNMENT = 64;

/**
 * The bytes of a checkpoint that PyTorch's `load` reads, with `weights_only` too, in the zip format: a state dict (a Map of
 * tensors), or anything else made of tensors, numbers, strings, arrays, Maps and plain objects. Tensors that share memory do so
 * again when they are loaded. Waits for the device.
 */
export async function writePytorch(value: PytorchInput): Promise<Uint8Array> {
  const contents = new Contents();
  contents.collect(value, 0);
  const pickled = pickle(value, (x) => contents.stored(x));
  const files = new Map([
    ['archive/data.pkl', pickled],
    ['archive/byteorder', new TextEncoder().encode('little')],
  ]);
  for (const [key, bytes] of await contents.bytes()) files.set(`archive/data/${key}`, bytes);
  files.set('archive/version', new TextEncoder().encode('3\n'));
  return writeZip(files, { compress: false, alignment: ALIGNMENT });
}

/** The part of a tensor's memory that is written: from the first to the last element that a tensor of the value has. */
interface SharedStorage {
  readonly key: string;
  readonly example: Tensor;
  first: number;
  /** One after the last. */
  end: number;
}

/** The storages of a value. */
class Contents {
  readonly #storages = new Map<Storage<Backend>, SharedStorage>();
  readonly #seen = new Set<unknown>();
  /** Row-major copies of tensors that PyTorch has no strides for. */
  readonly #copies = new Map<Tensor, Tensor>();

  collect(value: PytorchInput, depth: number): void {
    if (typeof value !== 'object' || value === null || this.#seen.has(value) || depth > MAX_DEPTH) return;
    this.#seen.add(value);
    if (value instanceof Tensor) return this.#include(value);
    if (value instanceof Uint8Array) return;
    const parts = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
    for (const part of parts) this.collect(part as PytorchInput, depth + 1);
  }

  stored(x: Tensor): StoredTensor {
    const { storage, layout, dtype, size } = this.#copies.get(x) ?? x;
    const { key, first, end } = this.#storages.get(storage) as SharedStorage;
    const { shape, strides, offset } = layout;
    const length = end - first;
    return {
      storageClass: storageClasses[dtype],
      key,
      length,
      offset: size === 0 ? 0 : offset - first,
      shape,
      strides,
    };
  }

  /** Every storage's bytes by its key. */
  async bytes(): Promise<Map<string, Uint8Array>> {
    const contents = new Map<string, Uint8Array>();
    for (const shared of this.#storages.values()) contents.set(shared.key, await contentOf(shared));
    for (const copy of this.#copies.values()) copy.dispose();
    return contents;
  }

  #include(given: Tensor): void {
    const x = given.layout.strides.some((stride) => stride < 0) ? contiguous(given) : given;
    if (x !== given) this.#copies.set(given, x);
    const [low, high] = extentOf(x.layout) ?? [0, -1];
    const shared = this.#storages.get(x.storage);
    if (shared === undefined) {
      this.#storages.set(x.storage, { key: String(this.#storages.size), example: x, first: low, end: high + 1 });
    } else if (x.size > 0) {
      const isEmpty = shared.end === shared.first;
      shared.first = isEmpty ? low : Math.min(shared.first, low);
      shared.end = isEmpty ? high + 1 : Math.max(shared.end, high + 1);
    }
  }
}

async function contentOf({ example, first, end }: SharedStorage): Promise<Uint8Array> {
  const flat = alias(example, slice(new Layout([end], [1]), 0, first, end - first, 1));
  try {
    if (example.dtype !== 'uint32') return await bytesOf(flat);
    const wide = BigInt64Array.from(await data(flat), BigInt);
    return new Uint8Array(wide.buffer);
  } finally {
    flat.dispose();
  }
}
