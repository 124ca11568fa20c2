import { forEachPosition, type View } from '@gradus/backend';
import { itemSize, Layout } from '@gradus/storage';
import { pointerOf } from '../map.ts';

/** The matrices of a batch, item after item: where each operand's lies. */
export interface Items {
  readonly count: number;
  /** One per item and operand. */
  readonly addresses: readonly number[];
}

/** Views with equal batch axes, in front of the last two. */
export function itemsOf(views: readonly View[]): Items {
  const batches = views.map(({ layout: { shape, strides, offset } }) => {
    return new Layout(shape.slice(0, -2), strides.slice(0, -2), offset);
  });
  const starts = views.map(pointerOf);
  const sizes = views.map(({ dtype }) => itemSize(dtype));
  const addresses: number[] = [];
  forEachPosition((batches[0] as Layout).shape, batches, (positions) => {
    for (let k = 0; k < starts.length; k++) {
      addresses.push((starts[k] as number) + (positions[k] as number) * (sizes[k] as number));
    }
  });
  return { count: addresses.length / views.length, addresses };
}
