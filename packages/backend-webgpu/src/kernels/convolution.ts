import type {
  ConvolutionGeometry,
  ConvolutionInputKernel,
  ConvolutionKernel,
  ConvolutionWeightKernel,
  View,
} from '@gradus/backend';
import { type Axes, merged, operandOf, type Product, type Slide } from './product.ts';

// Convolutions as products, one per group, whose factors are read where they lie: windows slide over the image instead of
// being unrolled.

export type AnyConvolution = ConvolutionKernel | ConvolutionInputKernel | ConvolutionWeightKernel;

export function convolutionProduct(kernel: AnyConvolution): Product {
  switch (kernel.name) {
    case 'convolution':
      return forward(kernel);
    case 'convolutionInput':
      return inputGradient(kernel);
    case 'convolutionWeight':
      return weightGradient(kernel);
  }
}

/** output [O', (N, positions)] = weight [O', (I, window)] image [(N, positions), (I, window)]^T per group. */
function forward({ input, weight, output, geometry }: ConvolutionKernel): Product {
  const { groups } = geometry;
  const window = weight.layout.shape.slice(2);
  const positions = output.layout.shape.slice(2);
  const image = slidingWindows(input, positions, window, geometry);
  return {
    label: 'convolution',
    left: operandOf(weight, groupAxis(weight, 0, groups), withinGroup(weight, 0, groups), axesFrom(weight, 1)),
    right: operandOf(
      input,
      groupAxis(input, 1, groups),
      joined(axis(input, 0), { shape: positions, strides: image.positions }),
      joined(withinGroup(input, 1, groups), { shape: window, strides: image.window }),
      image.slides.map((slide) => ({ ...slide, outer: slide.axis + 1, depth: slide.axis + 1 })),
    ),
    output: planes(output, groups),
    accumulate: false,
  };
}

/** output [I, (N, image)] = weight [I, (O', window)] gradient [(N, image), (O', window)]^T per group. */
function inputGradient({ gradient, weight, output, geometry }: ConvolutionInputKernel): Product {
  const { groups, stride, padding, dilation } = geometry;
  const window = weight.layout.shape.slice(2);
  const image = output.layout.shape.slice(2);
  const slides = image.map(
    (_, s): Slide => ({
      outer: s + 1,
      depth: s + 1,
      outerStep: 1,
      depthStep: -(dilation[s] as number),
      start: padding[s] as number,
      divisor: stride[s] as number,
      size: gradient.layout.shape[s + 2] as number,
      stride: gradient.layout.strides[s + 2] as number,
    }),
  );
  // A window of one element that neither jumps nor reaches over the edge reads the gradient as it lies.
  const isPlain = window.every((n, s) => n === 1 && stride[s] === 1 && padding[s] === 0);
  const steps = isPlain ? gradient.layout.strides.slice(2) : image.map(() => 0);
  return {
    label: 'gradient of a convolution in its input',
    left: operandOf(
      weight,
      groupAxis(weight, 0, groups),
      axis(weight, 1),
      joined(withinGroup(weight, 0, groups), axesFrom(weight, 2)),
    ),
    right: operandOf(
      gradient,
      groupAxis(gradient, 1, groups),
      joined(axis(gradient, 0), { shape: image, strides: steps }),
      joined(withinGroup(gradient, 1, groups), { shape: window, strides: window.map(() => 0) }),
      isPlain ? [] : slides,
    ),
    output: planes(output, groups),
    accumulate: false,
  };
}

/** output [O', (I, window)] = gradient [O', (N, positions)] image [(I, window), (N, positions)]^T per group. */
function weightGradient({ gradient, input, output, geometry }: ConvolutionWeightKernel): Product {
  const { groups } = geometry;
  const window = output.layout.shape.slice(2);
  const positions = gradient.layout.shape.slice(2);
  const image = slidingWindows(input, positions, window, geometry);
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
      joined(withinGroup(input, 1, groups), { shape: window, strides: image.window }),
      joined(axis(input, 0), { shape: positions, strides: image.positions }),
      image.slides.map((slide) => ({
        ...slide,
        outer: slide.axis + 1,
        depth: slide.axis + 1,
        outerStep: slide.depthStep,
        depthStep: slide.outerStep,
      })),
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

interface Windows {
  /** Strides along positions and windows; 0 where they slide over an edge. */
  readonly positions: readonly number[];
  readonly window: readonly number[];
  /** The spatial axes with padding: there windows reach over the edge. */
  readonly slides: readonly (Omit<Slide, 'outer' | 'depth'> & { readonly axis: number })[];
}

function slidingWindows(
  image: View,
  positions: readonly number[],
  window: readonly number[],
  { stride, padding, dilation }: ConvolutionGeometry,
): Windows {
  const along = (s: number): number => image.layout.strides[s + 2] as number;
  const edged = padding.map((n) => n > 0);
  return {
    positions: positions.map((_, s) => (edged[s] ? 0 : along(s) * (stride[s] as number))),
    window: window.map((_, s) => (edged[s] ? 0 : along(s) * (dilation[s] as number))),
    slides: window.flatMap((_, s) => {
      if (!edged[s]) return [];
      const size = image.layout.shape[s + 2] as number;
      const steps = { outerStep: stride[s] as number, depthStep: dilation[s] as number };
      return [{ axis: s, ...steps, start: -(padding[s] as number), divisor: 1, size, stride: along(s) }];
    }),
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
