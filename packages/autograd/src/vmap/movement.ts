import { extentOf, Layout, type Movement } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';
import { type Level, withBatch } from './level.ts';
import { type Rules, rule } from './rule.ts';

/** Views and their adjoints: the movement with every axis one further to the right. */
export const movement: Pick<Rules, 'alias' | 'place' | 'view'> = {
  alias: rule((level, x) => level.wrap(launch.alias(level.all(x)))),

  view: rule((level, x, by) => level.wrap(physicalView(level, level.all(x), by))),

  place: rule((level, g, by, from) => {
    const physical = level.all(g);
    if (by.type === 'unfold' && from.rank === 0) {
      return level.wrap(reshape(launch.sumTo(physical, [level.size, 1]), [level.size]));
    }
    const step = by.type === 'asStrided' ? reach(from, new Layout(by.shape, by.strides, by.offset)) : 0;
    const all = new Layout(withBatch(level, from.shape), [step, ...from.strides], from.offset);
    return level.wrap(launch.place(physical, lifted(level, by, step), step === 0 ? Layout.contiguous(all.shape) : all));
  }),
};

/** The view of every example, given all of them as [batch, ...shape]. */
export function physicalView(level: Level, physical: Tensor, by: Movement): Tensor {
  const rank = physical.ndim - 1;
  const scalar = rank === 0;
  // A scalar unfolds to one window of one element.
  if (by.type === 'unfold' && scalar) return launch.view(reshape(physical, [level.size, 1]), firstOf(by.size));
  const missing = by.type === 'expand' ? by.shape.length - rank : 0;
  const ones = new Array<number>(missing).fill(1);
  const from = missing > 0 ? reshape(physical, [level.size, ...ones, ...physical.shape.slice(1)]) : physical;
  return launch.view(from, lifted(level, by, physical.layout.strides[0] as number));
}

function firstOf(length: number): Movement {
  return { type: 'slice', axis: 1, start: 0, length, step: 1 };
}

/** `step` is how far the examples are apart in memory. */
function lifted(level: Level, by: Movement, step: number): Movement {
  switch (by.type) {
    case 'reshape':
    case 'expand':
      return { ...by, shape: withBatch(level, by.shape) };
    case 'permute':
      return { ...by, axes: [0, ...by.axes.map((axis) => axis + 1)] };
    case 'diagonal':
      return { ...by, axis1: by.axis1 + 1, axis2: by.axis2 + 1 };
    case 'asStrided':
      return { ...by, shape: withBatch(level, by.shape), strides: [step, ...by.strides] };
    default:
      return { ...by, axis: by.axis + 1 };
  }
}

/** How much memory layouts span, from the first element of the storage. */
function reach(...layouts: readonly Layout[]): number {
  return Math.max(...layouts.map((layout) => (extentOf(layout)?.[1] ?? 0) + 1));
}

function reshape(x: Tensor, shape: readonly number[]): Tensor {
  return launch.view(x, { type: 'reshape', shape });
}
