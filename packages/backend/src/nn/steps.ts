import { Layout, select } from '@gradus/storage';
import type { View } from '../kernel.ts';
import { withLayout } from '../scratch.ts';

/** The views of a sequence [T, ...] at its steps, in the order in which these are taken. */
export function stepsOf(view: View, reverse: boolean): readonly View[] {
  const steps = Array.from({ length: view.layout.shape[0] as number }, (_, t) =>
    withLayout(view, select(view.layout, 0, t)),
  );
  return reverse ? steps.reverse() : steps;
}

/** The `count` gates of a step [N, count H], [N, H] each. */
export function gatesOf(view: View, count: number): readonly View[] {
  const { shape, strides, offset } = view.layout;
  const [rows, width] = shape as [number, number];
  const [, step] = strides as [number, number];
  return Array.from({ length: count }, (_, k) => {
    return withLayout(view, new Layout([rows, width / count], strides, offset + k * (width / count) * step));
  });
}
