import type { View } from '@gradus/backend';
import type { FourWalk } from '../codegen/four-access.ts';

/** Whether elements can be cut into fours of neighbours along the last axis. Where it is the only one, the last may be fewer. */
export function canGoByFours(shape: readonly number[]): boolean {
  const last = shape[shape.length - 1] ?? 1;
  return last % 4 === 0 || (shape.length === 1 && last > 1);
}

/**
 * How four neighbours along the last axis lie, per view; `strides` are those of all axes. Vectors are for buffers in which
 * all views have vectors of one dtype.
 */
export function fourWalksOf(
  views: readonly View[],
  slots: readonly number[],
  strides: readonly (readonly number[])[],
): readonly FourWalk[] {
  const walks = views.map(({ layout }, k) => fourWalkOf(layout.offset, strides[k] as readonly number[]));
  return walks.map((walk, k) => {
    if (walk !== 'vector') return walk;
    for (let other = 0; other < views.length; other++) {
      if (slots[other] !== slots[k]) continue;
      if (walks[other] !== 'vector' || views[other]?.dtype !== views[k]?.dtype) return 'apart';
    }
    return 'vector';
  });
}

function fourWalkOf(offset: number, strides: readonly number[]): FourWalk {
  const last = strides.length - 1;
  if (strides[last] === 0) return 'same';
  if (strides[last] !== 1 || offset % 4 !== 0) return 'apart';
  for (let axis = 0; axis < last; axis++) if ((strides[axis] as number) % 4 !== 0) return 'apart';
  return 'vector';
}

/** A number per way, below 3. */
export function fourWalkCode(walk: FourWalk): number {
  return walk === 'same' ? 0 : walk === 'vector' ? 1 : 2;
}

/** A view's place, and the strides that `fourParams` declares: those of vectors are counted in fours. */
export function pushFour(params: number[], walk: FourWalk, offset: number, strides: readonly number[]): void {
  const unit = walk === 'vector' ? 4 : 1;
  const last = strides.length - 1;
  params.push(offset / unit);
  for (let axis = 0; axis < last; axis++) params.push((strides[axis] as number) / unit);
  if (walk === 'apart') params.push(strides[last] as number);
}
