import { dispatch, expressions, input, mapProgram, withLayout } from '@gradus/backend';
import { extentOf, type Layout, type Movement, move, select, selfOverlaps } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { alias } from './allocate.ts';
import { filled } from './map.ts';
import { sumTo } from './reduce.ts';
import { transform } from './transform.ts';
import { view } from './view.ts';

/** The adjoint of `view(x, movement)` for an x of layout `from`: adds `g` into zeros of x's shape where the view reads. */
export function place(g: Tensor, movement: Movement, from: Layout): Tensor {
  switch (movement.type) {
    case 'reshape':
      return view(g, { type: 'reshape', shape: from.shape });
    case 'permute':
      return view(g, { type: 'permute', axes: movement.axes.map((_, axis) => movement.axes.indexOf(axis)) });
    case 'expand':
      return sumTo(g, from.shape);
    default:
      return placeInZeros(g, movement, from);
  }
}

function placeInZeros(g: Tensor, movement: Movement, from: Layout): Tensor {
  if (transform?.takes([g])) return transform.place(g, movement, from);
  const output = movement.type === 'asStrided' ? stridedZeros(g, movement, from) : zerosLike(g, from);
  if (recorder?.wants([g])) recorder.record({ kind: 'place', movement, from }, [g], [output]);
  if (g.size > 0) addInto(output, move(output.layout, movement) as Layout, g, g.layout);
  return output;
}

function zerosLike(g: Tensor, from: Layout): Tensor {
  return filled(g.backend, from.shape, g.dtype, 0);
}

/** Zeros laid out as the tensor that `asStrided` was applied to, over all the memory that either layout reaches. */
function stridedZeros(g: Tensor, movement: Movement, from: Layout): Tensor {
  const ends = [from, move(from, movement) as Layout].map((layout) => extentOf(layout)?.[1] ?? -1);
  const memory = filled(g.backend, [Math.max(...ends) + 1], g.dtype, 0);
  const output = alias(memory, from);
  memory.dispose();
  return output;
}

/**
 * target += part. Where elements of the target are one place in memory (sliding windows), the last axis is taken apart,
 * until each launch writes every place once: deterministic, without atomics.
 */
function addInto(output: Tensor, target: Layout, g: Tensor, part: Layout): void {
  if (selfOverlaps(target)) {
    const last = target.rank - 1;
    for (let k = 0; k < (target.shape[last] as number); k++) {
      addInto(output, select(target, last, k), g, select(part, last, k));
    }
    return;
  }
  const [to, from] = [withLayout(output, target), withLayout(g, part)];
  const program = mapProgram([g.dtype, g.dtype], [], [expressions.add(input(0, g.dtype), input(1, g.dtype))]);
  dispatch(g.backend, { kind: 'map', program, inputs: [to, from], outputs: [to], uniforms: [] });
}
