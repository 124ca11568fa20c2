import type { Backend } from '@gradus/backend';
import { AutogradError, type DType, type Shape, sizeOf } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import { activeLevels, type Level } from './level.ts';

type DrawMany = (count: number) => ArrayLike<number>;

/** Random numbers inside all levels at work; null where every example of every level gets the same ones. */
export function drawPerExample(shape: Shape, dtype: DType, backend: Backend, draw: DrawMany): Tensor | null {
  const levels = activeLevels();
  if (levels.some(({ randomness }) => randomness === 'error')) {
    throw new AutogradError(
      "vmap: a random function was called; say with { randomness: 'same' } or 'different' whether the examples share its numbers",
    );
  }
  const different = levels.filter(({ randomness }) => randomness === 'different');
  if (different.length === 0) return null;
  const all = [...different.map(({ size }) => size), ...shape];
  const drawn = fromValues(drawAll(draw, sizeOf(shape), sizeOf(all)), all, { dtype, backend });
  return different.reduce((x: Tensor, level: Level) => level.wrap(x), drawn);
}

/** Permutations come one at a time, whatever count is asked for. */
function drawAll(draw: DrawMany, each: number, total: number): ArrayLike<number> {
  const first = draw(total);
  if (first.length === total) return first;
  const values = Array.from(first);
  while (values.length < total) values.push(...Array.from(draw(each)));
  return values;
}
