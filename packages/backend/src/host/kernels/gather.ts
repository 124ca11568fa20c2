import type { Layout, TypedArray } from '@gradus/storage';
import { forEachBlock, type Grid, stridedGrid } from '../grid.ts';
import type { HostView } from '../host-view.ts';
import { checked } from '../interpreter.ts';

/** Memory of the output, the index and the source. */
export type Operands = readonly [TypedArray, TypedArray, TypedArray];

/** output[..., i, ...] = source[..., index[..., i, ...], ...] along an axis. */
export function gather(source: HostView, index: HostView, output: HostView, axis: number): void {
  const size = source.layout.shape[axis] as number;
  const stride = source.layout.strides[axis] as number;
  const grid = stridedGrid(
    output.layout.shape,
    [output.layout.offset, index.layout.offset, source.layout.offset],
    [output.layout.strides, index.layout.strides, stridesAcross(source.layout, axis)],
  );
  // One index for a whole row (embedding, index_select): the row is copied.
  const copyBlock = grid.strides[1] === 0 ? gatherRows : gatherElements;
  const data: Operands = [output.data, index.data, source.data];
  forEachBlock(grid, () => copyBlock(grid, data, size, stride, axis));
}

/** The strides with 0 along an axis: those of the lines' starts. */
export function stridesAcross(layout: Layout, axis: number): readonly number[] {
  return layout.strides.map((stride, i) => (i === axis ? 0 : stride));
}

function gatherRows(
  { offsets, rowStrides, strides, rows, columns }: Grid,
  data: Operands,
  size: number,
  stride: number,
  axis: number,
): void {
  const [output, index, source] = data;
  const [toStride, , fromStride] = strides as [number, number, number];
  for (let i = 0; i < rows; i++) {
    const at = checked('gather', index[(offsets[1] as number) + i * (rowStrides[1] as number)] as number, size, axis);
    let to = (offsets[0] as number) + i * (rowStrides[0] as number);
    let from = (offsets[2] as number) + i * (rowStrides[2] as number) + at * stride;
    for (let j = 0; j < columns; j++) {
      output[to] = source[from] as number;
      to += toStride;
      from += fromStride;
    }
  }
}

function gatherElements(
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
    for (let j = 0; j < columns; j++) {
      output[to] = source[from + checked('gather', index[at] as number, size, axis) * stride] as number;
      to += toStride;
      at += indexStride;
      from += fromStride;
    }
  }
}
