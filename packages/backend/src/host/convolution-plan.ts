import { Layout, type Shape, sizeOf, slice } from '@gradus/storage';
import type { ConvolutionGeometry } from '../fused.ts';

/**
 * A convolution as a matrix product per image and group, over columns that are never stored as such: element (k, p)
 * of the columns [inner, positions] is `padded[windowAt[k] + positionAt[p]]` of the group's padded channels.
 */
export interface ConvolutionPlan {
  readonly batch: number;
  readonly groups: number;
  /** Channels per group times window elements. */
  readonly inner: number;
  /** Output channels per group. */
  readonly outer: number;
  readonly positions: number;
  /** One padded image [C, ...], contiguous, and the part of it inside the padding. */
  readonly padded: Layout;
  readonly interior: Layout;
  /** Elements of the padded channels of one group. */
  readonly groupSize: number;
  readonly windowAt: Int32Array;
  readonly positionAt: Int32Array;
}

/** `input` [N, C, ...], `weight` [O, C / groups, ...] and `output` [N, O, ...] are shapes. */
export function planConvolution(
  input: Shape,
  weight: Shape,
  output: Shape,
  geometry: ConvolutionGeometry,
): ConvolutionPlan {
  const { groups, stride, padding, dilation } = geometry;
  const padded = Layout.contiguous(input.slice(1).map((n, i) => (i === 0 ? n : n + 2 * (padding[i - 1] as number))));
  const channels = weight[1] as number;
  const strides = padded.strides;
  const spatial = strides.slice(1);
  const window = weight.slice(1);
  const plane = output.slice(2);
  return {
    batch: input[0] as number,
    groups,
    inner: channels * sizeOf(weight.slice(2)),
    outer: (weight[0] as number) / groups,
    positions: sizeOf(plane),
    padded,
    interior: padding.reduce((layout, p, i) => slice(layout, i + 1, p, input[i + 2] as number, 1), padded),
    groupSize: channels * (strides[0] as number),
    windowAt: places(
      window,
      strides.map((s, i) => (i === 0 ? s : s * (dilation[i - 1] as number))),
    ),
    positionAt: places(
      plane,
      spatial.map((s, i) => s * (stride[i] as number)),
    ),
  };
}

/** Where every index of a shape lies, row-major. */
function places(shape: Shape, strides: readonly number[]): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  for (let at = 0; at < result.length; at++) {
    let rest = at;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis] as number;
      place += (rest % n) * (strides[axis] as number);
      rest = Math.floor(rest / n);
    }
    result[at] = place;
  }
  return result;
}
