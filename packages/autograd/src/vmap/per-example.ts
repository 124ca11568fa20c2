import type { Tensor } from '@gradus/tensor';
import { activeLevels, type Level } from './level.ts';

/** Inside vmaps: the tensor with a value of its own per example of each of them. */
export function perExample(x: Tensor, levels: readonly Level[] = activeLevels()): Tensor {
  const level = levels.at(-1);
  if (level === undefined) return x;
  const around = levels.slice(0, -1);
  const physical = level.physical(x);
  if (physical === null) return level.wrap(level.all(perExample(x, around)));
  const own = perExample(physical, around);
  return own === physical ? x : level.wrap(own);
}
