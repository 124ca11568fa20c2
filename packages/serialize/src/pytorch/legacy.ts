import type { BackendRef } from '@gradus/tensor';
import { FormatError } from '../format-error.ts';
import { Cursor } from './cursor.ts';
import { materialize } from './materialize.ts';
import { storageTable } from './persistent.ts';
import { elementBytes } from './rebuild.ts';
import type { Loaded } from './records.ts';
import { unpickle } from './unpickle.ts';
import type { PytorchValue } from './value.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

const noStorages = (): never => {
  throw new FormatError('pytorch: a storage where there should be none');
};

/**
 * The format before PyTorch 1.6: pickles one after another (a magic number, a version, facts about the machine, the value,
 * the keys of its storages), then every storage's length and bytes in the order of the keys.
 */
export function readLegacy(bytes: Uint8Array, backend: BackendRef | undefined): PytorchValue {
  const cursor = new Cursor(bytes);
  assertMagic(cursor);
  if (unpickle(cursor, noStorages) !== PROTOCOL) throw new FormatError('pytorch: an unknown version of the old format');
  const machine = unpickle(cursor, noStorages);
  const bigEndian = machine instanceof Map && machine.get('little_endian') === false;
  const { load, storages } = storageTable();
  const value = unpickle(cursor, load);
  const keys = unpickle(cursor, noStorages);
  if (!Array.isArray(keys)) throw new FormatError('pytorch: the keys of the storages are no list');
  const contents = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || storage.type === null || contents.has(storage.key)) {
      throw new FormatError(`pytorch: the storage '${textOf(key)}' is there twice, or nobody uses it`);
    }
    const length = cursor.u64();
    if (length !== storage.length) {
      throw new FormatError(`pytorch: storage '${storage.key}' has ${length} elements, expected ${storage.length}`);
    }
    contents.set(storage.key, cursor.take(length * elementBytes(storage.type)));
  }
  return materialize(value, { get: (key) => contents.get(key), bigEndian }, backend);
}

function assertMagic(cursor: Cursor): void {
  let magic: Loaded = null;
  try {
    magic = unpickle(cursor, noStorages);
  } catch (cause) {
    throw new FormatError('pytorch: neither a zip archive nor a checkpoint of the old format', { cause });
  }
  if (magic !== MAGIC) throw new FormatError('pytorch: a pickle, but no checkpoint');
}

function textOf(value: Loaded): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : typeof value;
}
