import type { WindowGeometry } from '@gradus/backend';
import type { GraphBuilder } from './graph-builder.ts';
import type { ConvolutionOperation, MaxPoolOperation, Value } from './trace.ts';

/** Convolutions, forward and transposed. */
export function lowerConvolution(
  builder: GraphBuilder,
  operation: ConvolutionOperation,
  [x, weight]: readonly [string, string],
  [from, kernel, to]: readonly [Value, Value, Value],
): string {
  const { geometry, kind } = operation;
  const window = kernel.shape.slice(2);
  const attributes = { ...windowAttributes(geometry), kernel_shape: window, group: geometry.groups };
  if (kind === 'convolution') return builder.add('Conv', [x, weight], attributes);
  // What the output has beyond the smallest size that the input could come from.
  const outputPadding = window.map((size, i) => {
    const { stride, padding, dilation } = at(geometry, i);
    return (
      (to.shape[i + 2] as number) -
      ((from.shape[i + 2] as number) - 1) * stride +
      2 * padding -
      dilation * (size - 1) -
      1
    );
  });
  return builder.add('ConvTranspose', [x, weight], { ...attributes, output_padding: outputPadding });
}

/** Maxima; a plane that is larger than rounding down gives comes from rounding up. */
export function lowerMaxPool(
  builder: GraphBuilder,
  operation: MaxPoolOperation,
  x: string,
  from: Value,
  to: Value,
): string {
  const { window, geometry } = operation;
  const roundsUp = window.some((size, i) => {
    const { stride, padding, dilation } = at(geometry, i);
    const room = (from.shape[i + 2] as number) + 2 * padding - dilation * (size - 1) - 1;
    return (to.shape[i + 2] as number) > Math.floor(room / stride) + 1;
  });
  return builder.add('MaxPool', [x], {
    ...windowAttributes(geometry),
    kernel_shape: window,
    ceil_mode: roundsUp ? 1 : 0,
  });
}

function windowAttributes({ stride, padding, dilation }: WindowGeometry): Record<string, readonly number[]> {
  return { strides: stride, pads: [...padding, ...padding], dilations: dilation };
}

function at(
  { stride, padding, dilation }: WindowGeometry,
  axis: number,
): { stride: number; padding: number; dilation: number } {
  return { stride: stride[axis] as number, padding: padding[axis] as number, dilation: dilation[axis] as number };
}
