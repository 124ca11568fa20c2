import { FormatError } from '../format-error.ts';
import type { Loaded } from './records.ts';
import { isDictKey, Tuple } from './value.ts';

// What a pickle adds to lists, sets and dicts that are on its stack.

export function appendTo(target: Loaded, items: readonly Loaded[]): void {
  if (!Array.isArray(target) || target instanceof Tuple) throw new FormatError('pytorch: appends to what is no list');
  for (const item of items) target.push(item);
}

export function addTo(target: Loaded, items: readonly Loaded[]): void {
  if (!(target instanceof Set)) throw new FormatError('pytorch: adds to what is no set');
  for (const item of items) target.add(item);
}

/** Items are keys and values in turn. */
export function setItems(target: Loaded, items: readonly Loaded[]): Loaded {
  if (!(target instanceof Map)) throw new FormatError('pytorch: sets items of what is no dict');
  if (items.length % 2 !== 0) throw new FormatError('pytorch: a key without a value');
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i] as Loaded;
    if (!isDictKey(key)) throw new FormatError('pytorch: the key of a dict must be a string, a number, a bool or None');
    if (target.has(key)) throw new FormatError(`pytorch: the key '${key}' is there twice`);
    target.set(key, items[i + 1] as Loaded);
  }
  return target;
}
