import { decoderOf, encoderOf } from '@gradus/storage';
import type { HostView } from '../host-view.ts';
import { forEachLine } from '../interpreter.ts';

/** Softmax along an axis, or its logarithm: each line is read once, into doubles. */
export function softmax(input: HostView, output: HostView, axis: number, log: boolean): void {
  const length = input.layout.rank === 0 ? 1 : (input.layout.shape[axis] as number);
  const line = new Float64Array(length);
  const decode = decoderOf(input.dtype);
  const encode = encoderOf(output.dtype);
  const [source, target] = [input.data, output.data];
  const normalize = log ? logSoftmaxLine : softmaxLine;
  forEachLine(input.layout, axis, [input, output], (positions, strides, n) => {
    const [from, to] = positions as [number, number];
    const [fromStride, toStride] = strides as [number, number];
    for (let i = 0; i < n; i++) line[i] = decode(source[from + i * fromStride] as number);
    normalize(line);
    for (let i = 0; i < n; i++) target[to + i * toStride] = encode(line[i] as number);
  });
}

function softmaxLine(line: Float64Array): void {
  const highest = maximum(line);
  let total = 0;
  for (let i = 0; i < line.length; i++) {
    const value = Math.exp((line[i] as number) - highest);
    line[i] = value;
    total += value;
  }
  for (let i = 0; i < line.length; i++) line[i] = (line[i] as number) / total;
}

function logSoftmaxLine(line: Float64Array): void {
  const highest = maximum(line);
  let total = 0;
  for (let i = 0; i < line.length; i++) total += Math.exp((line[i] as number) - highest);
  const shift = Math.log(total);
  for (let i = 0; i < line.length; i++) line[i] = (line[i] as number) - highest - shift;
}

function maximum(line: Float64Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < line.length; i++) highest = Math.max(highest, line[i] as number);
  return highest;
}
