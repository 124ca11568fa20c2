import { type BackendRef, Tensor } from '@gradus/tensor';
import { FormatError } from '../format-error.ts';
import { type ReadZipOptions, readZip } from '../zip/read-zip.ts';
import { Cursor } from './cursor.ts';
import { readLegacy } from './legacy.ts';
import { materialize } from './materialize.ts';
import { storageTable } from './persistent.ts';
import { unpickle } from './unpickle.ts';
import type { PytorchValue } from './value.ts';

export interface ReadPytorchOptions extends ReadZipOptions {
  /** Where the tensors go; default: the backend in use. */
  readonly backend?: BackendRef;
}

/**
 * Reads the bytes of a checkpoint that PyTorch's `save` wrote, in the zip format or the one before 1.6: state dicts, optimizer
 * states, anything made of tensors, numbers, strings and containers. 64- and 16-bit integers become int32, with a DTypeError
 * where they don't fit; complex tensors get a trailing axis of size 2. Everything else is refused with an UnsafeGlobalError
 * that names it, and broken files with a FormatError: no code of the file ever runs.
 *
 * @see https://pytorch.org/docs/stable/notes/serialization.html
 */
export function readPytorch(bytes: Uint8Array, options: ReadPytorchOptions = {}): PytorchValue {
  return bytes[0] === 0x50 && bytes[1] === 0x4b ? readArchive(bytes, options) : readLegacy(bytes, options.backend);
}

function readArchive(bytes: Uint8Array, options: ReadPytorchOptions): PytorchValue {
  const files = readZip(bytes, options);
  const pickle = [...files.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name) || name === 'data.pkl');
  if (pickle === undefined) throw new FormatError('pytorch: the archive has no data.pkl');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const { load } = storageTable();
  const value = unpickle(new Cursor(files.get(pickle) as Uint8Array), load);
  const byteOrder = new TextDecoder().decode(files.get(`${folder}byteorder`) ?? new Uint8Array(0)).trim();
  const storages = { get: (key: string) => files.get(`${folder}data/${key}`), bigEndian: byteOrder === 'big' };
  return materialize(value, storages, options.backend);
}

/**
 * Reads a state dict: tensors by name, as `module.loadStateDict` takes them. Throws a FormatError for a checkpoint of anything
 * else; `readPytorch` reads those.
 */
export function readStateDict(bytes: Uint8Array, options: ReadPytorchOptions = {}): Map<string, Tensor> {
  const value = readPytorch(bytes, options);
  if (!(value instanceof Map)) throw new FormatError('pytorch: the checkpoint is no state dict but one value');
  for (const [name, entry] of value) {
    if (typeof name !== 'string' || !(entry instanceof Tensor)) {
      throw new FormatError(
        `pytorch: no state dict: '${name}' is ${kindOf(entry)}; readPytorch reads checkpoints of other values`,
      );
    }
  }
  return value as Map<string, Tensor>;
}

function kindOf(value: PytorchValue): string {
  if (value === null) return 'None';
  return typeof value === 'object' ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
