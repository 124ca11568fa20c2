import { ArgumentError, DTypeError, formatShape, type Shape, ShapeError } from '@gradus/storage';
import { casting } from '../casting.ts';
import { convolve } from '../launch/index.ts';
import { reshape } from '../ops/movement.ts';
import { add } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { pad } from './padding.ts';
import { assertPositive, batched, type PerAxis, perAxis } from './spatial.ts';

export interface ConvolutionOptions {
  /** [O]. */
  readonly bias?: Tensor | null;
  readonly stride?: PerAxis;
  /** Zeros on both sides; 'same' keeps the size (with stride 1), 'valid' is none. */
  readonly padding?: PerAxis | 'same' | 'valid';
  readonly dilation?: PerAxis;
  readonly groups?: number;
}

export interface TransposedConvolutionOptions {
  readonly bias?: Tensor | null;
  readonly stride?: PerAxis;
  readonly padding?: PerAxis;
  /** Added to one side of the output, whose size several inputs could have. */
  readonly outputPadding?: PerAxis;
  readonly dilation?: PerAxis;
  readonly groups?: number;
}

/** x [N, C, L] (or [C, L]) with weight [O, C / groups, K]. */
export function conv1d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution('conv1d', 1, x, weight, options);
}

/**
 * x [N, C, H, W] (or [C, H, W]) correlated with weight [O, C / groups, kH, kW].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution('conv2d', 2, x, weight, options);
}

/** x [N, C, D, H, W] (or [C, D, H, W]) with weight [O, C / groups, kD, kH, kW]. */
export function conv3d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution('conv3d', 3, x, weight, options);
}

/** x [N, C, L] with weight [C, O / groups, K]: the adjoint of conv1d in its input. */
export function convTranspose1d(x: Tensor, weight: Tensor, options: TransposedConvolutionOptions = {}): Tensor {
  return transposedConvolution('convTranspose1d', 1, x, weight, options);
}

/**
 * x [N, C, H, W] with weight [C, O / groups, kH, kW]: the adjoint of conv2d in its input.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: TransposedConvolutionOptions = {}): Tensor {
  return transposedConvolution('convTranspose2d', 2, x, weight, options);
}

/** x [N, C, D, H, W] with weight [C, O / groups, kD, kH, kW]: the adjoint of conv3d in its input. */
export function convTranspose3d(x: Tensor, weight: Tensor, options: TransposedConvolutionOptions = {}): Tensor {
  return transposedConvolution('convTranspose3d', 3, x, weight, options);
}

function convolution(op: string, axes: number, x: Tensor, weight: Tensor, options: ConvolutionOptions): Tensor {
  const { groups = 1 } = options;
  let { bias = null } = options;
  if (casting !== null) [x, weight, bias] = casting.low([x, weight, bias]) as [Tensor, Tensor, Tensor | null];
  const stride = perAxis(op, 'stride', options.stride ?? 1, axes);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, axes);
  assertWeight(op, axes, weight, groups);
  const window = weight.shape.slice(2);
  return batched(op, x, axes, (image) => {
    assertChannels(op, image, weight, (weight.shape[1] as number) * groups);
    const { padded, padding } = resolvePadding(op, image, options.padding ?? 0, { stride, dilation, window });
    const plane = window.map((k, i) => {
      const room = (padded.shape[i + 2] as number) + 2 * (padding[i] as number) - (dilation[i] as number) * (k - 1) - 1;
      return Math.floor(room / (stride[i] as number)) + 1;
    });
    assertPositive(op, plane, x.shape);
    const shape = [image.shape[0] as number, weight.shape[0] as number, ...plane];
    return withBias(convolve('convolution', padded, weight, { stride, padding, dilation, groups }, shape), bias);
  });
}

function transposedConvolution(
  op: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  options: TransposedConvolutionOptions,
): Tensor {
  const { groups = 1 } = options;
  let { bias = null } = options;
  if (casting !== null) [x, weight, bias] = casting.low([x, weight, bias]) as [Tensor, Tensor, Tensor | null];
  const stride = perAxis(op, 'stride', options.stride ?? 1, axes);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, axes);
  const padding = perAxis(op, 'padding', options.padding ?? 0, axes);
  const outputPadding = perAxis(op, 'outputPadding', options.outputPadding ?? 0, axes);
  assertWeight(op, axes, weight, groups);
  return batched(op, x, axes, (image) => {
    assertChannels(op, image, weight, weight.shape[0] as number);
    const plane = weight.shape.slice(2).map((k, i) => {
      const [s, p, d] = [stride[i], padding[i], dilation[i]] as [number, number, number];
      return ((image.shape[i + 2] as number) - 1) * s - 2 * p + d * (k - 1) + (outputPadding[i] as number) + 1;
    });
    assertPositive(op, plane, x.shape);
    const shape = [image.shape[0] as number, (weight.shape[1] as number) * groups, ...plane];
    return withBias(convolve('convolutionInput', image, weight, { stride, padding, dilation, groups }, shape), bias);
  });
}

interface Geometry {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly window: Shape;
}

/** Numbers as they are; 'same' pads by hand where left and right differ. */
function resolvePadding(
  op: string,
  x: Tensor,
  padding: PerAxis | 'same' | 'valid',
  { stride, dilation, window }: Geometry,
): { readonly padded: Tensor; readonly padding: readonly number[] } {
  if (padding !== 'same') {
    return { padded: x, padding: perAxis(op, 'padding', padding === 'valid' ? 0 : padding, window.length) };
  }
  if (stride.some((s) => s !== 1)) throw new ArgumentError(`${op}: padding 'same' needs a stride of 1`);
  const total = window.map((k, i) => (dilation[i] as number) * (k - 1));
  const even = total.map((n) => Math.floor(n / 2));
  if (total.every((n) => n % 2 === 0)) return { padded: x, padding: even };
  // `pad` counts from the last axis.
  const right = [...total].reverse().flatMap((n) => [0, n % 2]);
  return { padded: pad(x, right), padding: even };
}

function withBias(x: Tensor, bias: Tensor | null): Tensor {
  if (bias === null) return x;
  return add(x, reshape(bias, [bias.size, ...new Array<number>(x.ndim - 2).fill(1)]));
}

function assertWeight(op: string, axes: number, weight: Tensor, groups: number): void {
  if (weight.ndim !== axes + 2) {
    throw new ShapeError(`${op}: expected a weight of ${axes + 2} axes, got ${formatShape(weight.shape)}`);
  }
  if (groups < 1 || (weight.shape[0] as number) % groups !== 0) {
    throw new ArgumentError(
      `${op}: groups ${groups} must divide the weight's first axis, ${formatShape(weight.shape)}`,
    );
  }
}

function assertChannels(op: string, x: Tensor, weight: Tensor, expected: number): void {
  if (x.shape[1] !== expected) {
    throw new ShapeError(
      `${op}: weight ${formatShape(weight.shape)} expects ${expected} input channels, got ${formatShape(x.shape)}`,
    );
  }
  if (x.dtype !== weight.dtype) {
    throw new DTypeError(`${op}: input is ${x.dtype} and weight ${weight.dtype}; convert one`);
  }
}
