import { type DType, type Layout, move, permute, type Shape, select, sizeOf } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { add } from '../expression/builder.ts';
import { input } from '../expression/expression.ts';
import { mapProgram } from '../expression/program.ts';
import type {
  ConvolutionGeometry,
  ConvolutionInputKernel,
  ConvolutionKernel,
  ConvolutionWeightKernel,
} from '../fused.ts';
import type { View } from '../kernel.ts';
import { copyView, withLayout, withScratch } from '../scratch.ts';
import { transposed } from './matrices.ts';
import { fill, interior, pad, paddedShape, windows } from './windows.ts';

// Convolution as a matrix product over columns: every window unrolled into a column. With G groups, P output
// positions, I = C / G and O' = O / G channels per group, and K window elements:
//   output [N, G, O', P] = weight [G, O', I K] columns [N, G, I K, P]

type Allocate = (shape: Shape, dtype: DType) => View;

type Fields<Kernel> = Omit<Kernel, 'kind' | 'name' | 'decompose'>;

export function convolution(fields: Fields<ConvolutionKernel>): ConvolutionKernel {
  return { kind: 'fused', name: 'convolution', decompose: decomposeForward, ...fields };
}

export function convolutionInput(fields: Fields<ConvolutionInputKernel>): ConvolutionInputKernel {
  return { kind: 'fused', name: 'convolutionInput', decompose: decomposeInput, ...fields };
}

export function convolutionWeight(fields: Fields<ConvolutionWeightKernel>): ConvolutionWeightKernel {
  return { kind: 'fused', name: 'convolutionWeight', decompose: decomposeWeight, ...fields };
}

function decomposeForward(backend: Backend, kernel: ConvolutionKernel): void {
  const { input: x, weight, output, geometry } = kernel;
  const sizes = sizesOf(x.layout.shape, weight.layout.shape, output.layout.shape, geometry);
  withScratch(backend, (allocate) => {
    const padded = pad(backend, allocate, x, geometry.padding, 0);
    const columns = unroll(backend, allocate, padded, sizes, geometry);
    const result = output.layout.isContiguous ? output : allocate(output.layout.shape, output.dtype);
    backend.launch({
      kind: 'matmul',
      a: batched(weightMatrix(backend, allocate, weight, sizes), sizes.batch),
      b: shaped(columns, [sizes.batch, sizes.groups, sizes.inner, sizes.positions]),
      output: shaped(result, [sizes.batch, sizes.groups, sizes.outer, sizes.positions]),
      accumulate: false,
    });
    if (result !== output) copyView(backend, result, output);
  });
}

function decomposeInput(backend: Backend, kernel: ConvolutionInputKernel): void {
  const { gradient, weight, output, geometry } = kernel;
  const sizes = sizesOf(output.layout.shape, weight.layout.shape, gradient.layout.shape, geometry);
  withScratch(backend, (allocate) => {
    const columns = allocate([sizes.batch, sizes.groups, sizes.inner, sizes.positions], output.dtype);
    backend.launch({
      kind: 'matmul',
      a: transposed(batched(weightMatrix(backend, allocate, weight, sizes), sizes.batch)),
      b: shaped(contiguous(backend, allocate, gradient), [sizes.batch, sizes.groups, sizes.outer, sizes.positions]),
      output: columns,
      accumulate: false,
    });
    const padded = allocate(paddedShape(output.layout.shape, geometry.padding), output.dtype);
    roll(backend, columns, padded, sizes, geometry);
    copyView(backend, interior(padded, geometry.padding, output.layout.shape), output);
  });
}

function decomposeWeight(backend: Backend, kernel: ConvolutionWeightKernel): void {
  const { gradient, input: x, output, geometry } = kernel;
  const sizes = sizesOf(x.layout.shape, output.layout.shape, gradient.layout.shape, geometry);
  withScratch(backend, (allocate) => {
    const padded = pad(backend, allocate, x, geometry.padding, 0);
    const columns = unroll(backend, allocate, padded, sizes, geometry);
    const contiguousGradient = contiguous(backend, allocate, gradient);
    // One product per image and group, summed into the result image by image.
    const result = allocate([sizes.groups, sizes.outer, sizes.inner], output.dtype);
    fill(backend, result, 0);
    const columnsOf = shaped(columns, [sizes.batch, sizes.groups, sizes.inner, sizes.positions]);
    const gradientOf = shaped(contiguousGradient, [sizes.batch, sizes.groups, sizes.outer, sizes.positions]);
    for (let image = 0; image < sizes.batch; image++) {
      backend.launch({
        kind: 'matmul',
        a: withLayout(gradientOf, select(gradientOf.layout, 0, image)),
        b: transposed(withLayout(columnsOf, select(columnsOf.layout, 0, image))),
        output: result,
        accumulate: true,
      });
    }
    copyView(backend, shaped(result, output.layout.shape), output);
  });
}

interface Sizes {
  readonly batch: number;
  readonly groups: number;
  /** Channels per group times window elements. */
  readonly inner: number;
  /** Output channels per group. */
  readonly outer: number;
  readonly positions: number;
  readonly channels: number;
  readonly window: Shape;
  readonly outputPlane: Shape;
}

function sizesOf(input: Shape, weight: Shape, output: Shape, { groups }: ConvolutionGeometry): Sizes {
  const [window, outputPlane] = [weight.slice(2), output.slice(2)];
  return {
    batch: input[0] as number,
    groups,
    inner: (weight[1] as number) * sizeOf(window),
    outer: (weight[0] as number) / groups,
    positions: sizeOf(outputPlane),
    channels: input[1] as number,
    window,
    outputPlane,
  };
}

/** Columns [N, C, ...window, ...positions] in memory of their own. */
function unroll(backend: Backend, allocate: Allocate, padded: View, sizes: Sizes, geometry: ConvolutionGeometry): View {
  const { batch, channels, window, outputPlane, positions } = sizes;
  const columns = allocate([batch, channels, ...window, ...outputPlane], padded.dtype);
  if (batch * channels * positions > 0) copyView(backend, windowsFirst(padded, sizes, geometry), columns);
  return columns;
}

/** The sliding windows [N, C, ...window, ...positions] as a view of the padded image. */
function windowsFirst(padded: View, { window, outputPlane }: Sizes, geometry: ConvolutionGeometry): View {
  const view = windows(padded, outputPlane, window, geometry);
  const n = window.length;
  const axes = [0, 1, ...window.map((_, i) => 2 + n + i), ...window.map((_, i) => 2 + i)];
  return withLayout(view, permute(view.layout, axes));
}

/** The adjoint of `unroll`: adds each window element's plane onto the strided part of the image that it came from. */
function roll(backend: Backend, columns: View, padded: View, sizes: Sizes, geometry: ConvolutionGeometry): void {
  fill(backend, padded, 0);
  if (sizes.batch * sizes.channels * sizes.positions === 0) return;
  const { dtype } = padded;
  const program = mapProgram([dtype, dtype], [], [add(input(0, dtype), input(1, dtype))]);
  const source = shaped(columns, [sizes.batch, sizes.channels, sizeOf(sizes.window), ...sizes.outputPlane]).layout;
  const target = windowsFirst(padded, sizes, geometry).layout;
  const elements = sizeOf(sizes.window);
  for (let element = 0; element < elements; element++) {
    const from = withLayout(columns, select(source, 2, element));
    const to = withLayout(padded, windowElement(target, sizes.window, element));
    backend.launch({ kind: 'map', program, inputs: [to, from], outputs: [to], uniforms: [] });
  }
}

/** The plane of one window element (counted row-major): the window's axes, from axis 2 on, are selected away. */
function windowElement(layout: Layout, window: Shape, element: number): Layout {
  let [result, rest] = [layout, element];
  for (let axis = window.length - 1; axis >= 0; axis--) {
    const size = window[axis] as number;
    result = select(result, axis + 2, rest % size);
    rest = Math.floor(rest / size);
  }
  return result;
}

function weightMatrix(backend: Backend, allocate: Allocate, weight: View, { groups, outer, inner }: Sizes): View {
  return shaped(contiguous(backend, allocate, weight), [groups, outer, inner]);
}

function contiguous(backend: Backend, allocate: Allocate, view: View): View {
  if (view.layout.isContiguous) return view;
  const copy = allocate(view.layout.shape, view.dtype);
  copyView(backend, view, copy);
  return copy;
}

/** A contiguous view under another shape. */
function shaped(view: View, shape: Shape): View {
  return withLayout(view, move(view.layout, { type: 'reshape', shape }) as Layout);
}

function batched(view: View, batch: number): View {
  return withLayout(view, move(view.layout, { type: 'expand', shape: [batch, ...view.layout.shape] }) as Layout);
}
