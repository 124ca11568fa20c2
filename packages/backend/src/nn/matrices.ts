import { permute } from '@gradus/storage';
import type { View } from '../kernel.ts';
import { withLayout } from '../scratch.ts';

/** The matrices of the last two axes transposed. */
export function transposed(view: View): View {
  const { rank } = view.layout;
  const axes = view.layout.shape.map((_, axis) => axis);
  return withLayout(view, permute(view.layout, [...axes.slice(0, -2), rank - 1, rank - 2]));
}
