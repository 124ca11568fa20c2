import type { View } from '@gradus/backend';
import { collapse, type DType, dtypes } from '@gradus/storage';

/** Views of one rank as lines along an axis: where each starts, and its stride along the axis. */
export interface Lines {
  /** Sizes of the other axes, as few as possible. */
  readonly shape: readonly number[];
  readonly count: number;
  /** Per view, its strides along those. */
  readonly strides: readonly (readonly number[])[];
  /** Per view, the stride along the axis; 0 for a scalar. */
  readonly steps: readonly number[];
}

/** Lines of views that have the shape `shape` along all axes but `axis`. */
export function linesOf(shape: readonly number[], axis: number, views: readonly View[]): Lines {
  const others = shape.flatMap((_, other) => (other === axis ? [] : [other]));
  const { shape: sizes, strides } = collapse(
    others.map((other) => shape[other] as number),
    views.map(({ layout }) => others.map((other) => layout.strides[other] as number)),
  );
  return {
    shape: sizes,
    count: sizes.reduce((product, n) => product * n, 1),
    strides,
    steps: views.map(({ layout }) => layout.strides[axis] ?? 0),
  };
}

/** Parameters of the views, as `viewParams` declares them, each followed by its step along the axis. */
export function pushLines(list: number[], { strides, steps }: Lines, views: readonly View[]): void {
  for (let k = 0; k < views.length; k++) {
    list.push((views[k] as View).layout.offset, ...(strides[k] as readonly number[]), steps[k] as number);
  }
}

const codes = new Map<DType, number>(dtypes.map((dtype, code) => [dtype, code]));

/** A small number per dtype, for keys of pipelines. */
export function dtypeCode(dtype: DType): number {
  return codes.get(dtype) as number;
}

/** A number per way in which views share buffers. */
export function sharingCode(slots: readonly number[]): number {
  return slots.reduce((code, slot, k) => code * (k + 1) + slot, 0);
}
