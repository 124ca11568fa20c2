import { decoderOf, encoderOf, isHalf, type TypedArray } from '@gradus/storage';
import type { ScatterCombine } from '../../kernel.ts';
import { combine } from '../fold.ts';
import { forEachBlock, type Grid, stridedGrid } from '../grid.ts';
import type { HostView } from '../host-view.ts';
import { checked } from '../interpreter.ts';
import { type Operands, stridesAcross } from './gather.ts';

/** Puts one value into an element. */
type Combine = (data: TypedArray, position: number, value: number) => void;

/** output[..., index[..., i, ...], ...] combined with source[..., i, ...] along an axis, in row-major order. */
export function scatter(output: HostView, index: HostView, source: HostView, axis: number, how: ScatterCombine): void {
  const size = output.layout.shape[axis] as number;
  const stride = output.layout.strides[axis] as number;
  const grid = stridedGrid(
    index.layout.shape,
    [output.layout.offset, index.layout.offset, source.layout.offset],
    [stridesAcross(output.layout, axis), index.layout.strides, source.layout.strides],
  );
  // A typed array adds, and wraps, as all dtypes do that need no decoding and are not truth values.
  const isPlain = !isHalf(output.dtype) && output.dtype !== 'bool';
  const put = how === 'sum' && isPlain ? null : combineOf(output, how);
  const data: Operands = [output.data, index.data, source.data];
  forEachBlock(grid, () =>
    put === null ? addBlock(grid, data, size, stride, axis) : combineBlock(grid, data, size, stride, axis, put),
  );
}

function combineOf({ dtype }: HostView, how: ScatterCombine): Combine {
  if (how === 'replace') {
    return (data, position, value) => {
      data[position] = value;
    };
  }
  const decode = decoderOf(dtype);
  const encode = encoderOf(dtype);
  return (data, position, value) => {
    data[position] = encode(combine(how, dtype, decode(data[position] as number), decode(value)));
  };
}

/** The sum, which is the gradient of a gather; where one index holds for a whole row, rows are added. */
function addBlock(
  { offsets, rowStrides, strides, rows, columns }: Grid,
  data: Operands,
  size: number,
  stride: number,
  axis: number,
): void {
  const [output, index, source] = data;
  const [toStride, indexStride, fromStride] = strides as [number, number, number];
  for (let i = 0; i < rows; i++) {
    let to = (offsets[0] as number) + i * (rowStrides[0] as number);
    let at = (offsets[1] as number) + i * (rowStrides[1] as number);
    let from = (offsets[2] as number) + i * (rowStrides[2] as number);
    if (indexStride === 0) to += checked('scatter', index[at] as number, size, axis) * stride;
    for (let j = 0; j < columns; j++) {
      const target = indexStride === 0 ? to : to + checked('scatter', index[at] as number, size, axis) * stride;
      output[target] = (output[target] as number) + (source[from] as number);
      to += toStride;
      at += indexStride;
      from += fromStride;
    }
  }
}

function combineBlock(
  { offsets, rowStrides, strides, rows, columns }: Grid,
  data: Operands,
  size: number,
  stride: number,
  axis: number,
  put: Combine,
): void {
  const [output, index, source] = data;
  const [toStride, indexStride, fromStride] = strides as [number, number, number];
  for (let i = 0; i < rows; i++) {
    let to = (offsets[0] as number) + i * (rowStrides[0] as number);
    let at = (offsets[1] as number) + i * (rowStrides[1] as number);
    let from = (offsets[2] as number) + i * (rowStrides[2] as number);
    for (let j = 0; j < columns; j++) {
      put(output, to + checked('scatter', index[at] as number, size, axis) * stride, source[from] as number);
      to += toStride;
      at += indexStride;
      from += fromStride;
    }
  }
}
