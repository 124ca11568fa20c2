import {
  allocateView,
  type Backend,
  type ConvolutionGeometry,
  HostBackend,
  type Kernel,
  type MatMulKernel,
  type View,
} from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight } from '@gradus/backend/nn';
import { type DType, decoderOf, encode, isFloat, Layout, type Shape, viewArray } from '@gradus/storage';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { webgpu } from '../src/index.ts';
import type { Plan } from '../src/kernels/product-plan.ts';
import { blockOf, nameOf, tiles, ways } from '../src/kernels/product-ways.ts';
import { describeOnGPU } from './gpu.ts';

/** What is planned for every product of a test, whatever its sizes. */
let forced: Plan = { way: 'dot', parts: 1 };

vi.mock(import('../src/kernels/product-plan.ts'), async (original) => ({
  ...(await original()),
  planProduct: () => forced,
}));

/** rows, depth, columns: single ones, primes, one more than tiles have, and products over nothing. */
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 37, 131],
  [131, 37, 1],
  [13, 7, 17],
  [129, 9, 131],
  [36, 20, 132],
  [5, 0, 3],
];

/** A memory's content, and how a view lies in it. */
interface Given {
  readonly dtype: DType;
  readonly layout: Layout;
  readonly values: readonly number[];
}

let seed = 1;

/** Multiples of 1/4 in [-2, 2], small integers for integers: sums of their products are exact. */
function value(dtype: DType): number {
  seed = (seed * 1103515245 + 12345) % 2 ** 31;
  const n = (seed >> 8) % 17;
  if (dtype === 'bool') return n % 2;
  return isFloat(dtype) ? n / 4 - 2 : dtype.startsWith('u') ? n : n - 8;
}

function given(dtype: DType, layout: Layout): Given {
  return { dtype, layout, values: Array.from({ length: elementsOf(layout) }, () => value(dtype)) };
}

function elementsOf({ shape, strides, offset }: Layout): number {
  return shape.reduce((last, n, axis) => last + Math.max(n - 1, 0) * Math.abs(strides[axis] as number), offset) + 1;
}

function transposed(shape: Shape): Layout {
  const rank = shape.length;
  const stored = [...shape.slice(0, -2), shape[rank - 1] as number, shape[rank - 2] as number];
  const { strides } = Layout.contiguous(stored);
  return new Layout(shape, [...strides.slice(0, -2), strides[rank - 1] as number, strides[rank - 2] as number]);
}

/** Every second element, from the third on. */
function spread(shape: Shape): Layout {
  return new Layout(
    shape,
    Layout.contiguous(shape).strides.map((stride) => 2 * stride),
    2,
  );
}

const layouts = { contiguous: Layout.contiguous, transposed };

/** What the whole memory of `written` holds after the kernel. */
async function resultOn(
  backend: Backend,
  operands: readonly Given[],
  written: number,
  kernelOf: (views: readonly View[]) => Kernel,
): Promise<readonly number[]> {
  const views = operands.map(({ dtype, layout, values }): View => {
    const view = allocateView(backend, [values.length], dtype);
    const { buffer } = encode(values, dtype);
    backend.upload(view.storage.handle, 0, new Uint8Array(buffer));
    return { ...view, layout };
  });
  backend.launch(kernelOf(views));
  const { storage, dtype } = views[written] as View;
  const bytes = await backend.download(storage.handle, 0, storage.byteLength);
  const decode = decoderOf(dtype);
  const result = Array.from(viewArray(dtype, bytes.slice().buffer), (raw) => decode(raw));
  for (const view of views) view.storage.release();
  return result;
}

const host = new HostBackend('reference');

await describeOnGPU(() => {
  const backend = webgpu();
  beforeAll(() => backend.initialize());
  afterAll(() => backend.dispose());

  const compare = async (
    operands: readonly Given[],
    written: number,
    kernelOf: (views: readonly View[]) => Kernel,
    label: string,
  ): Promise<void> => {
    const expected = await resultOn(host, operands, written, kernelOf);
    expect(await resultOn(backend, operands, written, kernelOf), label).toEqual(expected);
  };

  const product =
    (accumulate: boolean) =>
    (views: readonly View[]): MatMulKernel => {
      const [a, b, output] = views as [View, View, View];
      return { kind: 'matmul', a, b, output, accumulate };
    };

  for (const [name, way] of ways) {
    // Elements that take a workgroup each take long where a processor plays the GPU.
    const sizesFor = sizes.filter(([rows, , columns]) => way !== 'dot' || rows * columns < 1000);

    test(`products by ${name}: awkward sizes, every layout`, { timeout: 300_000 }, async () => {
      for (const [rows, depth, columns] of sizesFor) {
        for (const [left, right, parts] of [
          ['contiguous', 'contiguous', 1],
          ['transposed', 'transposed', 3],
        ] as const) {
          forced = { way, parts };
          const operands = [
            given('float32', layouts[left]([rows, depth])),
            given('float32', layouts[right]([depth, columns])),
            given('float32', Layout.contiguous([rows, columns])),
          ];
          await compare(operands, 2, product(false), `${rows} x ${depth} x ${columns}, ${left}, ${right}`);
        }
      }
    });
  }

  // All tiles read alike, and all blocks.
  for (const way of [tiles.small, blockOf(8, 4), 'dot'] as const) {
    test(`products by ${nameOf(way)}: batches, strides, sums that go on`, { timeout: 300_000 }, async () => {
      forced = { way, parts: 1 };
      for (const batch of [[3], [2, 0]]) {
        const operands = [
          given('float32', spread([...batch, 7, 19])),
          given('float32', transposed([...batch, 19, 5])),
          given('float32', spread([...batch, 7, 5])),
        ];
        await compare(operands, 2, product(true), `batch ${batch}`);
      }
    });
  }

  for (const dtype of ['float16', 'int32', 'uint8', 'bool'] as const) {
    test(`products of ${dtype} by a tile, and in parts by blocks`, { timeout: 300_000 }, async () => {
      for (const plan of [
        { way: tiles.small, parts: 1 },
        { way: blockOf(4, 8), parts: 2 },
      ]) {
        forced = plan;
        const operands = [
          [11, 21],
          [21, 18],
          [11, 18],
        ].map((shape) => given(dtype, Layout.contiguous(shape)));
        await compare(operands, 2, product(dtype !== 'bool'), dtype);
      }
    });
  }

  test('a matrix times its own transpose reads one buffer in two ways', { timeout: 300_000 }, async () => {
    for (const way of [tiles.small, blockOf(8, 4), 'dot'] as const) {
      forced = { way, parts: 1 };
      const operands = [given('float32', Layout.contiguous([20, 12])), given('float32', Layout.contiguous([20, 20]))];
      const kernelOf = ([a, output]: readonly View[]): Kernel => {
        const b = { ...(a as View), layout: transposed([12, 20]) };
        return { kind: 'matmul', a: a as View, b, output: output as View, accumulate: false };
      };
      await compare(operands, 1, kernelOf, JSON.stringify(way));
    }
  });

  const plain: ConvolutionGeometry = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
  const convolutions: readonly {
    readonly image: Shape;
    readonly weight: Shape;
    readonly geometry: ConvolutionGeometry;
  }[] = [
    { image: [2, 3, 13, 11], weight: [5, 3, 3, 2], geometry: plain },
    {
      image: [3, 4, 9, 8],
      weight: [6, 2, 3, 3],
      geometry: { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 },
    },
    { image: [2, 6, 7, 7], weight: [6, 1, 3, 3], geometry: { ...plain, padding: [1, 1], groups: 6 } },
    // Remainders that no element of the window meets.
    {
      image: [2, 2, 11, 9],
      weight: [3, 2, 2, 3],
      geometry: { ...plain, stride: [4, 3], padding: [1, 0], dilation: [2, 3] },
    },
    { image: [1, 2, 8, 7], weight: [3, 2, 1, 1], geometry: { ...plain, stride: [2, 3] } },
  ];

  // All tiles read alike.
  for (const way of [tiles.small, blockOf(8, 4), blockOf(1, 1), 'dot'] as const) {
    test(`convolutions and their gradients by ${nameOf(way)}`, { timeout: 300_000 }, async () => {
      for (const [c, { image, weight, geometry }] of convolutions.entries()) {
        forced = { way, parts: 1 + (c % 2) };
        const result = [image[0], weight[0], ...outputPlane(image, weight, geometry)] as Shape;
        const shapes = [image, weight, result];
        const operands = shapes.map((shape) => given('float32', Layout.contiguous(shape)));
        const kernels: readonly ((views: readonly [View, View, View]) => Kernel)[] = [
          ([input, weights, output]) => convolution({ input, weight: weights, output, geometry }),
          ([output, weights, gradient]) => convolutionInput({ output, weight: weights, gradient, geometry }),
          ([input, output, gradient]) => convolutionWeight({ input, output, gradient, geometry }),
        ];
        for (const [k, written] of [2, 0, 1].entries()) {
          const kernelOf = (views: readonly View[]): Kernel => {
            return (kernels[k] as (typeof kernels)[number])(views as [View, View, View]);
          };
          await compare(operands, written, kernelOf, `${image}, kernel ${k}`);
        }
      }
    });
  }

  test('an infinite weight of a strided convolution reaches only the elements that it meets', async () => {
    forced = { way: blockOf(1, 1), parts: 1 };
    const [weights, gradients] = [
      [Number.POSITIVE_INFINITY, 3],
      [1, 2, 5],
    ] as const;
    const operands: readonly Given[] = [
      given('float32', Layout.contiguous([1, 1, 6])),
      { dtype: 'float32', layout: Layout.contiguous([1, 1, 2]), values: weights },
      { dtype: 'float32', layout: Layout.contiguous([1, 1, 3]), values: gradients },
    ];
    const geometry: ConvolutionGeometry = { stride: [2], padding: [0], dilation: [1], groups: 1 };
    const result = await resultOn(backend, operands, 0, ([output, weight, gradient]) => {
      return { kind: 'fused', name: 'convolutionInput', geometry, output, weight, gradient } as Kernel;
    });
    expect(result).toEqual(gradients.flatMap((gradient) => weights.map((weight) => weight * gradient)));
  });
});

function outputPlane(image: Shape, weight: Shape, { stride, padding, dilation }: ConvolutionGeometry): number[] {
  return weight.slice(2).map((size, s) => {
    const reach = (dilation[s] as number) * (size - 1) + 1;
    return Math.floor(((image[s + 2] as number) + 2 * (padding[s] as number) - reach) / (stride[s] as number)) + 1;
  });
}
