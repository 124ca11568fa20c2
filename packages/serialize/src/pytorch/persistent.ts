import { FormatError } from '../format-error.ts';
import { Global, isCount, type Loaded, StorageRecord, StorageView } from './records.ts';
import type { PersistentLoad } from './unpickle.ts';

/** Finds or makes the storages that a pickle refers to: ('storage', class, key, location, length, [view]). */
export function storageTable(): {
  readonly load: PersistentLoad;
  readonly storages: ReadonlyMap<string, StorageRecord>;
} {
  const storages = new Map<string, StorageRecord>();
  const load = (id: Loaded): Loaded => {
    const [kind, type, key, , length, view = null] = Array.isArray(id) ? id : [];
    if (
      kind !== 'storage' ||
      !(type instanceof Global) ||
      type.storageType === undefined ||
      typeof key !== 'string' ||
      !isCount(length)
    ) {
      throw new FormatError('pytorch: a reference to something other than a storage');
    }
    let storage = storages.get(key);
    if (storage === undefined) {
      storage = new StorageRecord(key, type.storageType, length);
      storages.set(key, storage);
    }
    if (storage.length !== length || storage.type?.element !== type.storageType?.element) {
      throw new FormatError(`pytorch: storage '${key}' is described in two ways`);
    }
    return view === null ? storage : viewOf(storage, view);
  };
  return { load, storages };
}

/** (key, offset, length), in elements. */
function viewOf(storage: StorageRecord, view: Loaded): StorageView {
  const [, offset, length] = Array.isArray(view) ? view : [];
  if (!isCount(offset) || !isCount(length) || offset + length > storage.length) {
    throw new FormatError(`pytorch: a part of storage '${storage.key}' that it does not have`);
  }
  return new StorageView(storage, offset, length);
}
