import {
  type Backend,
  type ConvolutionGeometry,
  type ConvolutionInputKernel,
  type ConvolutionKernel,
  type ConvolutionWeightKernel,
  copyView,
  planConvolution,
  type View,
  withLayout,
  withScratch,
} from '@gradus/backend';
import { Layout, type Shape, sizeOf } from '@gradus/storage';
import type { FloatType } from '../codegen/line-code.ts';
import type { Engine } from '../engine.ts';
import { pointerOf } from '../map.ts';
import { Gemm, type MatrixPlace, type Strides } from '../matmul/gemm.ts';
import type { RightOperand } from '../matmul/product-code.ts';
import type { Allocator } from '../memory/allocator.ts';
import { ConvolutionWork } from './convolution-work.ts';
import { DepthwiseRunner } from './depthwise.ts';
import { SpreadRunner } from './window-spread.ts';

/** Columns of an output plane from which on a depthwise gradient is added row by row. */
const MIN_COLUMNS = 8;

/**
 * Convolution and its gradients as matrix products of images, whose windows go straight into panels; row by row where every group
 * is one channel.
 */
export class ConvolutionRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #products: Partial<Record<`${FloatType} ${RightOperand}`, Gemm>> = {};
  readonly #depthwise: Partial<Record<FloatType, DepthwiseRunner>> = {};
  readonly #spreads: Partial<Record<FloatType, SpreadRunner>> = {};

  constructor(backend: Backend, engine: Engine, allocator: Allocator) {
    this.#backend = backend;
    this.#engine = engine;
    this.#allocator = allocator;
  }

  /** output[n, g] [outer, positions] = weight[g] [outer, inner] columns[n, g] [inner, positions]. */
  forward({ input, weight, output, geometry }: ConvolutionKernel): void {
    this.#run(input.layout.shape, weight.layout.shape, output, geometry, (work) => {
      const { inner, outer, positions } = work.plan;
      const padded = work.padded(input);
      const factor = work.matrix(work.contiguous(weight), inner);
      const result = work.result();
      const target = work.matrix(result, positions);
      if (work.isDepthwise) {
        this.#depthwiseOf(work.type).forward(work.depthwise(padded, factor.pointer, target.pointer));
      } else {
        this.#productsOf(work).run({
          places: work.eachGroup((image, group) => [
            factor.pointer + group * outer * factor.rowStride,
            padded + work.image * image + work.groupImage * group,
            target.pointer + (image * work.plan.groups + group) * outer * target.rowStride,
          ]),
          ...{ rows: outer, columns: positions, depth: inner, accumulate: false },
          ...{ a: factor, b: work.columns, c: target },
        });
      }
      if (result !== output) copyView(this.#backend, result, output);
    });
  }

  /** columns = weight[g]^T gradient[n, g], each added to the image where its window lay. */
  input({ gradient, weight, output, geometry }: ConvolutionInputKernel): void {
    this.#run(output.layout.shape, weight.layout.shape, gradient, geometry, (work) => {
      if (work.isPointwise) return this.#pointwiseInput(work, gradient, weight, output);
      const { batch, positions, padded, interior } = work.plan;
      const source = work.matrix(work.contiguous(gradient), positions);
      const images = work.allocate([batch, ...padded.shape]);
      work.fill(images);
      if (work.isDepthwise && (gradient.layout.shape.at(-1) as number) >= MIN_COLUMNS) {
        const { pointer } = work.matrix(work.contiguous(weight), work.plan.inner);
        this.#depthwiseOf(work.type).input(work.depthwise(pointerOf(images), pointer, source.pointer));
      } else this.#spread(work, weight, source, pointerOf(images));
      const inside = new Layout([batch, ...interior.shape], [padded.size, ...interior.strides], interior.offset);
      copyView(this.#backend, withLayout(images, inside), output);
    });
  }

  /** Adds products of the gradient's planes (`source`) to padded images. */
  #spread(work: ConvolutionWork, weight: View, source: MatrixPlace, images: number): void {
    const { groups, inner, outer, positions } = work.plan;
    const factor = work.matrix(work.transposed(weight), outer);
    this.#spreadOf(work.type).run({
      places: work.eachGroup((image, group) => [
        factor.pointer + group * inner * factor.rowStride,
        source.pointer + (image * groups + group) * outer * source.rowStride,
        images + work.image * image + work.groupImage * group,
      ]),
      ...{ rows: inner, columns: positions, depth: outer, plane: sizeOf(weight.layout.shape.slice(2)) },
      ...{ aRow: factor.rowStride, bRow: source.rowStride },
      ...{ rowTable: work.tables.windows, columnTable: work.tables.positions },
    });
  }

  /** Of windows of one element, each has a place of its own in the image: the product is the image. */
  #pointwiseInput(work: ConvolutionWork, gradient: View, weight: View, output: View): void {
    const { groups, inner, outer, positions } = work.plan;
    const factor = work.matrix(work.contiguous(weight), inner);
    const source = work.matrix(work.contiguous(gradient), positions);
    const result = output.layout.isContiguous ? output : work.allocate(output.layout.shape);
    const target = work.matrix(result, positions);
    this.#productsOf(work).run({
      places: work.eachGroup((image, group) => [
        factor.pointer + group * outer * factor.rowStride,
        source.pointer + (image * groups + group) * outer * source.rowStride,
        target.pointer + (image * groups + group) * inner * target.rowStride,
      ]),
      ...{ rows: inner, columns: positions, depth: outer, accumulate: false },
      ...{ a: transposed(factor), b: source, c: target },
    });
    if (result !== output) copyView(this.#backend, result, output);
  }

  /** output[g] [outer, inner] = the sum over images of gradient[n, g] columns[n, g]^T. */
  weight({ gradient, input, output, geometry }: ConvolutionWeightKernel): void {
    this.#run(input.layout.shape, output.layout.shape, gradient, geometry, (work) => {
      const { batch, groups, inner, outer, positions } = work.plan;
      const padded = work.padded(input);
      const source = work.matrix(work.contiguous(gradient), positions);
      const result = output.layout.isContiguous ? output : work.allocate(output.layout.shape);
      const target = work.matrix(result, inner);
      if (work.isDepthwise) {
        this.#depthwiseOf(work.type).weight(work.depthwise(padded, target.pointer, source.pointer));
      } else {
        const places = Array.from({ length: groups }, (_, group) => [
          source.pointer + group * outer * source.rowStride,
          padded + work.groupImage * group,
          target.pointer + group * outer * target.rowStride,
        ]);
        this.#productsOf(work).run({
          places: places.flat(),
          // Of no images the gradient is 0: one term without depth.
          ...{ rows: outer, columns: inner, depth: batch === 0 ? 0 : positions, accumulate: false },
          ...{ a: source, b: transposed(work.columns), c: target },
          terms: { count: Math.max(batch, 1), a: groups * outer * source.rowStride, b: work.image },
        });
      }
      if (result !== output) copyView(this.#backend, result, output);
    });
  }

  #productsOf({ type, isPointwise }: ConvolutionWork): Gemm {
    const right = isPointwise ? 'columns' : 'windows';
    const key = `${type} ${right}` as const;
    this.#products[key] ??= new Gemm(this.#engine, this.#allocator, type, right);
    return this.#products[key];
  }

  #depthwiseOf(type: FloatType): DepthwiseRunner {
    this.#depthwise[type] ??= new DepthwiseRunner(this.#engine, type);
    return this.#depthwise[type];
  }

  #spreadOf(type: FloatType): SpreadRunner {
    this.#spreads[type] ??= new SpreadRunner(this.#engine, this.#allocator, type);
    return this.#spreads[type];
  }

  /** `output` is the convolution's output, or its gradient. */
  #run(
    input: Shape,
    weight: Shape,
    output: View,
    geometry: ConvolutionGeometry,
    body: (work: ConvolutionWork) => void,
  ): void {
    const plan = planConvolution(input, weight, output.layout.shape, geometry);
    const type = output.dtype as FloatType;
    withScratch(this.#backend, (allocate) => {
      const work = new ConvolutionWork(this.#backend, allocate, plan, type, output);
      if (!work.isPointwise) work.writeTables(this.#engine);
      body(work);
    });
  }
}

function transposed({ rowStride, columnStride }: Strides): Strides {
  return { rowStride: columnStride, columnStride: rowStride };
}
