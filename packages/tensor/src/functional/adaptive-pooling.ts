import { plainReduceProgram } from '@gradus/backend';
import { fromValues } from '../creation.ts';
import { gather, reduceWithIndices } from '../launch/index.ts';
import { expand, reshape } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { avgPool1d, avgPool2d, avgPool3d, type Pooled } from './pooling.ts';
import { batched, flattenPlane } from './spatial.ts';
import { weighAlong } from './weigh-along.ts';

/** Wanted output sizes; null keeps an axis. */
export type OutputSize = number | readonly (number | null)[];

/** Means over windows chosen so that the output has a given size. x [N, C, L] or [C, L]. */
export function adaptiveAvgPool1d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptiveAvgPool('adaptiveAvgPool1d', 1, x, outputSize);
}

/**
 * `adaptiveAvgPool1d` over two axes: x [N, C, H, W] or [C, H, W].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptiveAvgPool('adaptiveAvgPool2d', 2, x, outputSize);
}

/** `adaptiveAvgPool1d` over three axes: x [N, C, D, H, W] or [C, D, H, W]. */
export function adaptiveAvgPool3d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptiveAvgPool('adaptiveAvgPool3d', 3, x, outputSize);
}

/** Maxima over windows chosen so that the output has a given size, with their flat indices. x [N, C, L] or [C, L]. */
export function adaptiveMaxPool1d(x: Tensor, outputSize: OutputSize): Pooled {
  return adaptiveMaxPool('adaptiveMaxPool1d', 1, x, outputSize);
}

/** `adaptiveMaxPool1d` over two axes: x [N, C, H, W] or [C, H, W]. */
export function adaptiveMaxPool2d(x: Tensor, outputSize: OutputSize): Pooled {
  return adaptiveMaxPool('adaptiveMaxPool2d', 2, x, outputSize);
}

/** `adaptiveMaxPool1d` over three axes: x [N, C, D, H, W] or [C, D, H, W]. */
export function adaptiveMaxPool3d(x: Tensor, outputSize: OutputSize): Pooled {
  return adaptiveMaxPool('adaptiveMaxPool3d', 3, x, outputSize);
}

/** First element and end of the window of output `i`. */
function bounds(i: number, input: number, output: number): readonly [number, number] {
  return [Math.floor((i * input) / output), Math.ceil(((i + 1) * input) / output)];
}

const evenly = [avgPool1d, avgPool2d, avgPool3d] as const;

function adaptiveAvgPool(op: string, axes: number, x: Tensor, outputSize: OutputSize): Tensor {
  return batched(op, x, axes, (image) => {
    const input = image.shape.slice(2);
    const output = resolve(outputSize, input);
    if (input.every((n, i) => n % (output[i] as number) === 0)) {
      return (evenly[axes - 1] as typeof avgPool1d)(
        image,
        input.map((n, i) => n / (output[i] as number)),
      );
    }
    // Windows of unequal sizes: along each axis a product with a small matrix of weights.
    return output.reduce((result, m, i) => averageAlong(result, i + 2, m), image);
  });
}

function averageAlong(x: Tensor, axis: number, output: number): Tensor {
  const windows = Array.from({ length: output }, (_, i) => {
    const [start, end] = bounds(i, x.shape[axis] as number, output);
    return { start, weights: new Array<number>(end - start).fill(1 / (end - start)) };
  });
  return weighAlong(x, axis, windows);
}

function adaptiveMaxPool(op: string, axes: number, x: Tensor, outputSize: OutputSize): Pooled {
  return batched(op, x, axes, (image) => {
    const input = image.shape.slice(2);
    const output = resolve(outputSize, input);
    const { index, positions, elements } = planeWindows(input, output);
    const [batch, channels] = image.shape as [number, number];
    const table = fromValues(index, [1, 1, positions * elements], { dtype: 'int32', backend: image.backend });
    const all = gather(flattenPlane(image), expand(table, [batch, channels, positions * elements]), 2);
    const windows = reshape(all, [batch, channels, positions, elements]);
    const program = plainReduceProgram('max', image.dtype);
    const largest = reduceWithIndices('max', program, windows, [3], [batch, channels, positions, 1]);
    const sources = expand(reshape(table, [1, 1, positions, elements]), [batch, channels, positions, elements]);
    const shape = [batch, channels, ...output];
    return { values: reshape(largest.values, shape), indices: reshape(gather(sources, largest.indices, 3), shape) };
  });
}

/** Per output position the flat indices of its window; short windows repeat their last element. */
function planeWindows(
  input: readonly number[],
  output: readonly number[],
): { readonly index: Int32Array; readonly positions: number; readonly elements: number } {
  const ranges = output.map((m, axis) => Array.from({ length: m }, (_, i) => bounds(i, input[axis] as number, m)));
  const longest = ranges.map((list) => Math.max(0, ...list.map(([start, end]) => end - start)));
  const positions = output.reduce((a, b) => a * b, 1);
  const elements = longest.reduce((a, b) => a * b, 1);
  const index = new Int32Array(positions * elements);
  for (let at = 0; at < index.length; at++) index[at] = flatIndex(at, input, output, longest, ranges);
  return { index, positions, elements };
}

function flatIndex(
  at: number,
  input: readonly number[],
  output: readonly number[],
  longest: readonly number[],
  ranges: readonly (readonly (readonly [number, number])[])[],
): number {
  const elements = longest.reduce((a, b) => a * b, 1);
  let [position, element, stride, flat] = [Math.floor(at / elements), at % elements, 1, 0];
  for (let axis = input.length - 1; axis >= 0; axis--) {
    const windows = ranges[axis] as readonly (readonly [number, number])[];
    const [start, end] = windows[position % (output[axis] as number)] as readonly [number, number];
    flat += Math.min(start + (element % (longest[axis] as number)), end - 1) * stride;
    position = Math.floor(position / (output[axis] as number));
    element = Math.floor(element / (longest[axis] as number));
    stride *= input[axis] as number;
  }
  return flat;
}

function resolve(outputSize: OutputSize, input: readonly number[]): readonly number[] {
  return input.map((n, i) => (typeof outputSize === 'number' ? outputSize : (outputSize[i] ?? n)));
}
