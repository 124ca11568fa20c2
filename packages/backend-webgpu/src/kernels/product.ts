import type { View } from '@gradus/backend';
import { collapse } from '@gradus/storage';

/** Axes that together count rows, columns, terms or products: the last one fastest. */
export interface Axes {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * An axis of the operand's memory along which windows reach over the edge: where `start + outer * outerStep + depth * depthStep`,
 * of a coordinate of the outer axes and one of the depth, is not within `size`, the operand's element is 0.
 */
export interface Slide {
  /** Which of the outer axes, and which of those of the depth. */
  readonly outer: number;
  readonly depth: number;
  readonly outerStep: number;
  readonly depthStep: number;
  readonly start: number;
  readonly size: number;
}

/** A factor: matrices [outer, depth], one per product of the batch. `outer` is rows of the left one, columns of the right one. */
export interface Operand {
  readonly view: View;
  /** Where its first element lies; in front of the memory where windows start there. */
  readonly offset: number;
  readonly batch: Axes;
  readonly outer: Axes;
  readonly depth: Axes;
  readonly slides: readonly Slide[];
}

/** output [batch, rows, columns] = left [batch, rows, depth] right [batch, columns, depth]^T. */
export interface Product {
  readonly label: string;
  readonly left: Operand;
  readonly right: Operand;
  readonly output: { readonly view: View; readonly batch: Axes; readonly rows: Axes; readonly columns: Axes };
  readonly accumulate: boolean;
}

/** An operand with as few axes as possible; those that windows slide along stay as they are. */
export function operandOf(
  view: View,
  batch: Axes,
  outer: Axes,
  depth: Axes,
  { offset, slides }: Pick<Operand, 'offset' | 'slides'> = { offset: view.layout.offset, slides: [] },
): Operand {
  const isPlain = slides.length === 0;
  return {
    view,
    offset,
    batch: merged(batch),
    outer: isPlain ? merged(outer) : outer,
    depth: isPlain ? merged(depth) : depth,
    slides,
  };
}

/** The same elements along as few axes as possible, but one: sizes of 1 need no code of their own. */
export function merged({ shape, strides }: Axes): Axes {
  const { shape: sizes, strides: steps } = collapse(shape, [strides]);
  return sizes.length === 0 ? { shape: [1], strides: [0] } : { shape: sizes, strides: steps[0] as readonly number[] };
}

export function countOf({ shape }: Axes): number {
  return shape.reduce((product, n) => product * n, 1);
}
