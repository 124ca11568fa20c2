import type { ConvolutionInputKernel, ConvolutionKernel, ConvolutionWeightKernel, View } from '@gradus/backend';
import { Layout } from '@gradus/storage';
import { type Axes, merged, operandOf, type Product, type Slide } from './product.ts';

// Convolutions as products, one per group, whose factors are read where they lie: windows slide over the image instead of
// being unrolled.

export type AnyConvolution = ConvolutionKernel | ConvolutionInputKernel | ConvolutionWeightKernel;

/** Products that together write every element of the result, each of them once. */
export function convolutionProducts(kernel: AnyConvolution): readonly Product[] {
  switch (kernel.name) {
    case 'convolution':
      return [forward(kernel)];
    case 'convolutionInput':
      return inputGradient(kernel);
    case 'convolutionWeight':
      return [weightGradient(kernel)];
  }
}

/** output [O', (N, positions)] = weight [O', (I, window)] image [(N, positions), (I, window)]^T per group. */
function forward({ input, weight, output, geometry }: ConvolutionKernel): Product {
  const { groups, stride, padding, dilation } = geometry;
  const window = weight.layout.shape.slice(2);
  const positions = output.layout.shape.slice(2);
  const windows = sliding(
    input,
    positions.map((count, s) => ({ count, step: stride[s] as number })),
    window.map((count, s) => ({ count, step: dilation[s] as number })),
    padding.map((n) => -n),
  );
  return {
    label: 'convolution',
    left: operandOf(weight, groupAxis(weight, 0, groups), withinGroup(weight, 0, groups), axesFrom(weight, 1)),
    right: operandOf(
      input,
      groupAxis(input, 1, groups),
      joined(axis(input, 0), windows.outer),
      joined(withinGroup(input, 1, groups), windows.depth),
      windows,
    ),
    output: planes(output, groups),
    accumulate: false,
  };
}

/**
 * output [I, (N, image)] = weight [I, (O', window)] gradient [(N, image), (O', window)]^T per group. With a stride, an element of
 * the image meets only some of a window's: products for every remainder of its place, of those alone.
 */
function inputGradient({ gradient, weight, output, geometry }: ConvolutionInputKernel): readonly Product[] {
  const { groups, stride, padding, dilation } = geometry;
  const window = weight.layout.shape.slice(2);
  const phases = window.map((count, s) => {
    const size = output.layout.shape[s + 2] as number;
    return phasesOf({ size, window: count }, stride[s] as number, padding[s] as number, dilation[s] as number);
  });
  return combinations(phases).map((phase) => {
    const image = part(
      output,
      phase.map((axis) => axis.image),
    );
    const weights = part(
      weight,
      phase.map((axis) => axis.window),
    );
    const windows = sliding(
      gradient,
      phase.map(({ image }) => ({ count: image.count, step: 1 })),
      phase.map(({ window, step }) => ({ count: window.count, step })),
      phase.map(({ start }) => start),
    );
    return {
      label: 'gradient of a convolution in its input',
      left: operandOf(
        weights,
        groupAxis(weights, 0, groups),
        axis(weights, 1),
        joined(withinGroup(weights, 0, groups), axesFrom(weights, 2)),
      ),
      right: operandOf(
        gradient,
        groupAxis(gradient, 1, groups),
        joined(axis(gradient, 0), windows.outer),
        joined(withinGroup(gradient, 1, groups), windows.depth),
        windows,
      ),
      output: planes(image, groups),
      accumulate: false,
    };
  });
}

/** output [O', (I, window)] = gradient [O', (N, positions)] image [(I, window), (N, positions)]^T per group. */
function weightGradient({ gradient, input, output, geometry }: ConvolutionWeightKernel): Product {
  const { groups, stride, padding, dilation } = geometry;
  const window = output.layout.shape.slice(2);
  const positions = gradient.layout.shape.slice(2);
  const windows = sliding(
    input,
    window.map((count, s) => ({ count, step: dilation[s] as number })),
    positions.map((count, s) => ({ count, step: stride[s] as number })),
    padding.map((n) => -n),
  );
  return {
    label: 'gradient of a convolution in its weight',
    left: operandOf(
      gradient,
      groupAxis(gradient, 1, groups),
      withinGroup(gradient, 1, groups),
      joined(axis(gradient, 0), axesFrom(gradient, 2)),
    ),
    right: operandOf(
      input,
      groupAxis(input, 1, groups),
      joined(withinGroup(input, 1, groups), windows.outer),
      joined(axis(input, 0), windows.depth),
      windows,
    ),
    output: {
      view: output,
      batch: merged(groupAxis(output, 0, groups)),
      rows: merged(withinGroup(output, 0, groups)),
      columns: merged(axesFrom(output, 1)),
    },
    accumulate: false,
  };
}

/** Indices `first + i * step` along an axis. */
interface Steps {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Those elements of an image's axis whose places leave one remainder, and those of the window that they meet. */
interface Phase {
  readonly image: Steps;
  readonly window: Steps;
  /** Where the first of the window meets the gradient for the first of the image, and how much further its next one does. */
  readonly start: number;
  readonly step: number;
}

/** Element x of an image meets k of a window in the gradient's (x + padding - k dilation) / stride, where that is whole. */
function phasesOf(
  { size, window }: { readonly size: number; readonly window: number },
  stride: number,
  padding: number,
  dilation: number,
): readonly Phase[] {
  const step = stride / greatestDivisor(stride, dilation);
  const countOf = (first: number, end: number, by: number): number => Math.max(0, Math.ceil((end - first) / by));
  return Array.from({ length: Math.min(stride, size) }, (_, x): Phase => {
    let k = 0;
    while (k < step && (x + padding - k * dilation) % stride !== 0) k++;
    return {
      image: { first: x, step: stride, count: countOf(x, size, stride) },
      window: { first: k, step, count: k < step ? countOf(k, window, step) : 0 },
      start: (x + padding - k * dilation) / stride,
      step: (-dilation * step) / stride,
    };
  });
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function combinations<Choice>(axes: readonly (readonly Choice[])[]): readonly (readonly Choice[])[] {
  return axes.reduce<readonly (readonly Choice[])[]>(
    (found, choices) => found.flatMap((chosen) => choices.map((choice) => [...chosen, choice])),
    [[]],
  );
}

/** Some elements along the spatial axes. */
function part(view: View, steps: readonly Steps[]): View {
  const { shape, strides, offset } = view.layout;
  const along = (s: number): number => strides[s + 2] as number;
  const layout = new Layout(
    [...shape.slice(0, 2), ...steps.map(({ count }) => count)],
    [...strides.slice(0, 2), ...steps.map(({ step }, s) => along(s) * step)],
    steps.reduce((at, { first, count }, s) => at + (count === 0 ? 0 : first * along(s)), offset),
  );
  return { ...view, layout };
}

/** So many steps along an axis of an image. */
type Walk = Omit<Steps, 'first'>;

/** The spatial axes of an image that windows slide over, and where they reach over the edge. */
interface Windows {
  readonly outer: Axes;
  readonly depth: Axes;
  readonly offset: number;
  readonly slides: readonly Slide[];
}

/** An element's index along spatial axis s is `starts[s]` and the steps of an outer coordinate and of one of the depth. */
function sliding(
  { layout: { shape, strides, offset } }: View,
  outer: readonly Walk[],
  depth: readonly Walk[],
  starts: readonly number[],
): Windows {
  const along = (s: number): number => strides[s + 2] as number;
  const axes = (walks: readonly Walk[]): Axes => ({
    shape: walks.map(({ count }) => count),
    strides: walks.map(({ step }, s) => step * along(s)),
  });
  const slides = starts.flatMap((start, s): Slide[] => {
    const size = shape[s + 2] as number;
    const walks = [outer[s] as Walk, depth[s] as Walk] as const;
    const ends = walks.map(({ count, step }) => (count - 1) * step);
    const lowest = ends.reduce((sum, end) => sum + Math.min(end, 0), start);
    const highest = ends.reduce((sum, end) => sum + Math.max(end, 0), start);
    if (lowest >= 0 && highest < size) return [];
    // The spatial axes follow that of the channels, or of the batch.
    return [{ outer: s + 1, depth: s + 1, outerStep: walks[0].step, depthStep: walks[1].step, start, size }];
  });
  return {
    outer: axes(outer),
    depth: axes(depth),
    offset: starts.reduce((at, start, s) => at + start * along(s), offset),
    slides,
  };
}

/** [N, groups * C, ...plane] as matrices [C, (N, plane)] per group. */
function planes(view: View, groups: number): Product['output'] {
  return {
    view,
    batch: merged(groupAxis(view, 1, groups)),
    rows: merged(withinGroup(view, 1, groups)),
    columns: merged(joined(axis(view, 0), axesFrom(view, 2))),
  };
}

/** The groups along an axis of channels. */
function groupAxis({ layout }: View, channels: number, groups: number): Axes {
  const size = (layout.shape[channels] as number) / groups;
  return { shape: [groups], strides: [(layout.strides[channels] as number) * size] };
}

/** The channels of one group. */
function withinGroup({ layout }: View, channels: number, groups: number): Axes {
  return { shape: [(layout.shape[channels] as number) / groups], strides: [layout.strides[channels] as number] };
}

function axis({ layout }: View, at: number): Axes {
  return { shape: [layout.shape[at] as number], strides: [layout.strides[at] as number] };
}

function axesFrom({ layout }: View, first: number): Axes {
  return { shape: layout.shape.slice(first), strides: layout.strides.slice(first) };
}

function joined(one: Axes, other: Axes): Axes {
  return { shape: [...one.shape, ...other.shape], strides: [...one.strides, ...other.strides] };
}
