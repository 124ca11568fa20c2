import { type ConvolutionGeometry, type ConvolutionPlan, type HostView, planConvolution } from '@gradus/backend';
import { Layout, select } from '@gradus/storage';
import {
  grown,
  type Matrix,
  multiplyPanels,
  packColumns,
  packRows,
  roundUp,
  TILE_COLUMNS,
  TILE_ROWS,
} from '../matmul/index.ts';
import { copyStrided } from './strided-copy.ts';

// For float32 and float64. Images are taken one by one, through doubles in memory that is kept between calls; the
// columns of the sliding windows go straight into the panels that the matrix product reads.

let paddedScratch: Float64Array = new Float64Array(0);
let leftScratch: Float64Array = new Float64Array(0);
let rightScratch: Float64Array = new Float64Array(0);
let resultScratch: Float64Array = new Float64Array(0);

/** output[n, g] [outer, positions] = weight[g] [outer, inner] columns[n, g] [inner, positions]. */
export function convolution(x: HostView, weight: HostView, output: HostView, geometry: ConvolutionGeometry): void {
  const plan = planConvolution(x.layout.shape, weight.layout.shape, output.layout.shape, geometry);
  const { batch, groups, inner, outer, positions } = plan;
  const panels = packWeights(weight, plan, false);
  rightScratch = grown(rightScratch, roundUp(positions, TILE_COLUMNS) * inner);
  resultScratch = grown(resultScratch, groups * outer * positions);
  const result = matrix(resultScratch, 0, positions);
  const images = Layout.contiguous(output.layout.shape.slice(1));
  for (let image = 0; image < batch; image++) {
    const padded = padImage(x, image, plan);
    for (let group = 0; group < groups; group++) {
      packWindows(padded, group * plan.groupSize, plan.positionAt, plan.windowAt, rightScratch);
      result.offset = group * outer * positions;
      multiplyPanels(panels[group] as Float64Array, rightScratch, result, outer, positions, inner, false);
    }
    copyStrided(resultScratch, images, output.data, select(output.layout, 0, image));
  }
}

/** columns = weight[g]^T gradient[n, g], each added to the image where its window lay. */
export function convolutionInput(
  gradient: HostView,
  weight: HostView,
  output: HostView,
  geometry: ConvolutionGeometry,
): void {
  const plan = planConvolution(output.layout.shape, weight.layout.shape, gradient.layout.shape, geometry);
  const { batch, groups, inner, outer, positions, padded } = plan;
  const panels = packWeights(weight, plan, true);
  rightScratch = grown(rightScratch, roundUp(positions, TILE_COLUMNS) * outer);
  resultScratch = grown(resultScratch, inner * positions);
  paddedScratch = grown(paddedScratch, padded.size);
  const columns = matrix(resultScratch, 0, positions);
  for (let image = 0; image < batch; image++) {
    const gradients = imageMatrix(gradient, image, groups * outer, positions);
    paddedScratch.fill(0, 0, padded.size);
    for (let group = 0; group < groups; group++) {
      const start = gradients.offset + group * outer * gradients.rowStride;
      packColumns({ ...gradients, offset: start }, 0, positions, outer, rightScratch);
      multiplyPanels(panels[group] as Float64Array, rightScratch, columns, inner, positions, outer, false);
      addWindows(resultScratch, paddedScratch, group * plan.groupSize, plan);
    }
    copyStrided(paddedScratch, plan.interior, output.data, select(output.layout, 0, image));
  }
}

/** output[g] [outer, inner] = the sum over images of gradient[n, g] columns[n, g]^T. */
export function convolutionWeight(
  gradient: HostView,
  x: HostView,
  output: HostView,
  geometry: ConvolutionGeometry,
): void {
  const plan = planConvolution(x.layout.shape, output.layout.shape, gradient.layout.shape, geometry);
  const { batch, groups, inner, outer, positions } = plan;
  leftScratch = grown(leftScratch, roundUp(outer, TILE_ROWS) * positions);
  rightScratch = grown(rightScratch, roundUp(inner, TILE_COLUMNS) * positions);
  resultScratch = grown(resultScratch, groups * outer * inner);
  resultScratch.fill(0, 0, groups * outer * inner);
  const result = matrix(resultScratch, 0, inner);
  for (let image = 0; image < batch; image++) {
    const padded = padImage(x, image, plan);
    const gradients = imageMatrix(gradient, image, groups * outer, positions);
    for (let group = 0; group < groups; group++) {
      const start = gradients.offset + group * outer * gradients.rowStride;
      packRows({ ...gradients, offset: start }, 0, outer, positions, leftScratch);
      packWindows(padded, group * plan.groupSize, plan.windowAt, plan.positionAt, rightScratch);
      result.offset = group * outer * inner;
      multiplyPanels(leftScratch, rightScratch, result, outer, inner, positions, true);
    }
  }
  copyStrided(resultScratch, Layout.contiguous(output.layout.shape), output.data, output.layout);
}

function matrix(data: Matrix['data'], offset: number, rowStride: number): Matrix {
  return { data, offset, rowStride, columnStride: 1 };
}

/** Each group's weight [outer, inner], or its transpose, as panels of rows. */
function packWeights(weight: HostView, { groups, outer, inner }: ConvolutionPlan, transposed: boolean): Float64Array[] {
  const doubles = new Float64Array(groups * outer * inner);
  copyStrided(weight.data, weight.layout, doubles, Layout.contiguous(weight.layout.shape));
  const [rows, depth] = transposed ? [inner, outer] : [outer, inner];
  return Array.from({ length: groups }, (_, group) => {
    const plain = matrix(doubles, group * outer * inner, inner);
    const factor = transposed ? { ...plain, rowStride: 1, columnStride: inner } : plain;
    const panels = new Float64Array(roundUp(rows, TILE_ROWS) * depth);
    packRows(factor, 0, rows, depth, panels);
    return panels;
  });
}

/** Image n surrounded by zeros. */
function padImage(x: HostView, image: number, { padded, interior }: ConvolutionPlan): Float64Array {
  paddedScratch = grown(paddedScratch, padded.size);
  if (interior.size !== padded.size) paddedScratch.fill(0, 0, padded.size);
  copyStrided(x.data, select(x.layout, 0, image), paddedScratch, interior);
  return paddedScratch;
}

/** Image n of [N, C, ...] as a matrix [C, positions]: in place where its planes are contiguous, else a copy. */
function imageMatrix(view: HostView, image: number, channels: number, positions: number): Matrix {
  const layout = select(view.layout, 0, image);
  const plane = new Layout(layout.shape.slice(1), layout.strides.slice(1), 0);
  if (plane.isContiguous) return matrix(view.data, layout.offset, layout.strides[0] as number);
  const copy = new Float64Array(channels * positions);
  copyStrided(view.data, layout, copy, Layout.contiguous(layout.shape));
  return matrix(copy, 0, positions);
}

/** Panels of four columns whose element (k, j) is `padded[start + rowAt[k] + columnAt[j]]`. */
function packWindows(
  padded: Float64Array,
  start: number,
  columnAt: Int32Array,
  rowAt: Int32Array,
  into: Float64Array,
): void {
  const columns = columnAt.length;
  const depth = rowAt.length;
  let to = 0;
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    // Columns beyond the last repeat it: their products are computed and dropped.
    const last = columns - 1;
    const p0 = start + (columnAt[j] as number);
    const p1 = start + (columnAt[Math.min(j + 1, last)] as number);
    const p2 = start + (columnAt[Math.min(j + 2, last)] as number);
    const p3 = start + (columnAt[Math.min(j + 3, last)] as number);
    for (let k = 0; k < depth; k++) {
      const at = rowAt[k] as number;
      into[to] = padded[p0 + at] as number;
      into[to + 1] = padded[p1 + at] as number;
      into[to + 2] = padded[p2 + at] as number;
      into[to + 3] = padded[p3 + at] as number;
      to += 4;
    }
  }
}

function addWindows(
  columns: Float64Array,
  padded: Float64Array,
  start: number,
  { inner, positions, windowAt, positionAt }: ConvolutionPlan,
): void {
  for (let k = 0; k < inner; k++) {
    const base = start + (windowAt[k] as number);
    const row = k * positions;
    for (let p = 0; p < positions; p++) {
      const at = base + (positionAt[p] as number);
      padded[at] = (padded[at] as number) + (columns[row + p] as number);
    }
  }
}
