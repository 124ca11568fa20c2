import { coordinate, expressions as e, input, mapProgram, reduceProgram } from '@gradus/backend';
import { normalizeAxis } from '@gradus/storage';
import { gather, map, scan, sort } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { startsOfRuns } from '../ops/compaction.ts';
import { detach } from '../ops/conversion.ts';
import type { ValuesAndIndices } from '../ops/extrema.ts';
import { takeOne, viaVector } from '../ops/order.ts';
import { assertSomething, reduceOver } from '../ops/reduction-program.ts';
import type { Tensor } from '../tensor.ts';

/**
 * The most frequent element along an axis (the smallest of several, the last axis by default) and where its last
 * occurrence stands.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.mode.html
 */
export function mode(x: Tensor, options: { readonly dim?: number; readonly keepdim?: boolean } = {}): ValuesAndIndices {
  if (x.ndim === 0) return viaVector(x, (vector) => mode(vector, options));
  const { dim = -1, keepdim = false } = options;
  const axis = normalizeAxis('mode', dim, x.ndim);
  assertSomething('mode', x, [axis]);
  return scope(() => {
    const { values, indices } = sort(detach(x), axis, false, true);
    return takeOne(x, axis, gather(indices, endOfLongestRun(values, axis), axis), keepdim);
  });
}

/** Where, along the axis, the first of the longest runs of equal elements ends. */
function endOfLongestRun(sorted: Tensor, axis: number): Tensor {
  const [i, x] = [coordinate(axis), input(0, 'int32')];
  const startProgram = mapProgram(['int32'], [], [e.select(e.ne(x, 0), i, 0)]);
  const [start] = scan('max', map('mode', startProgram, [startsOfRuns(sorted, axis)]), axis) as [Tensor];
  const longest = reduceProgram(['int32'], [], 'argmax', e.sub(i, x));
  return reduceOver('mode', longest, [start], { dim: axis, keepdim: true });
}
