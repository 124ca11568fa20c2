import { item, itemSync } from './read.ts';
import type { Tensor } from './tensor.ts';

/** What ops whose result's shape depends on values read: the value of an intermediate tensor, which is then disposed. */

export async function readOnce(x: Tensor): Promise<number> {
  try {
    return await item(x);
  } finally {
    x.dispose();
  }
}

export function readOnceSync(x: Tensor): number {
  try {
    return itemSync(x);
  } finally {
    x.dispose();
  }
}
