import type { Tensor } from '@gradus/tensor';
import type { Hyper } from '../hyper.ts';

/** What was last written to a 0-d tensor, as long as nobody else has written to it. */
const written = new WeakMap<Tensor, { readonly value: number; readonly version: number }>();

/**
 * A hyperparameter as a number. A tensor is only read (which a backend has to do synchronously) where somebody else than a
 * scheduler wrote to it.
 */
export function rateOf(rate: Hyper): number {
  if (typeof rate === 'number') return rate;
  const last = written.get(rate);
  return last?.version === rate.storage.version ? last.value : rate.itemSync();
}

/** The hyperparameter with a new value: the same tensor, written in place, or the number. */
export function withRate(rate: Hyper | undefined, value: number): Hyper {
  if (rate === undefined || typeof rate === 'number') return value;
  rate.fill_(value);
  written.set(rate, { value, version: rate.storage.version });
  return rate;
}
