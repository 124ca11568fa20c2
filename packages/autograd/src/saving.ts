import type { Tensor } from '@gradus/tensor';
import { type Saved, SavedTensor } from './saved-tensor.ts';

export type Saver = (x: Tensor, name: string) => Saved;

let saver: Saver | null = null;

/** Keeps a tensor for the backward of the op `name`. */
export function save(x: Tensor, name: string): Saved {
  return saver === null ? new SavedTensor(x, name) : saver(x, name);
}

/** Runs `body` with another way of keeping tensors. */
export function savingBy<T>(next: Saver | null, body: () => T): T {
  const before = saver;
  saver = next;
  try {
    return body();
  } finally {
    saver = before;
  }
}
