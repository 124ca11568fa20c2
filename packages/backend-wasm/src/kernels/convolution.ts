import {
  type Backend,
  type ConvolutionGeometry,
  type ConvolutionInputKernel,
  type ConvolutionKernel,
  type ConvolutionPlan,
  type ConvolutionWeightKernel,
  copyView,
  fillProgram,
  planConvolution,
  type View,
  withLayout,
  withScratch,
} from '@gradus/backend';
import { type DType, Layout, type Shape } from '@gradus/storage';
import type { Engine, Kernels } from '../engine.ts';
import { pointerOf } from '../map.ts';
import { type ElementType, elementCodes } from '../matmul/element-type.ts';
import { type Gemm, MAX_DEPTH, type MatrixPlace } from '../matmul/gemm.ts';
import type { MatMulRunner } from '../matmul/multiply.ts';
import { addWindowsKernel, packWindowsKernel } from './window-code.ts';

type Allocate = (shape: Shape, dtype: DType) => View;

/** Tables of a plan in linear memory, in bytes: where window elements and positions lie in a padded image. */
interface Tables {
  readonly windows: number;
  readonly positions: number;
}

/** Convolution and its gradients as matrix products, image after image; windows go straight into panels. */
export class ConvolutionRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #products: MatMulRunner;
  readonly #kernels: Partial<Record<ElementType, Kernels>> = {};

  constructor(backend: Backend, engine: Engine, products: MatMulRunner) {
    this.#backend = backend;
    this.#engine = engine;
    this.#products = products;
  }

  /** output[n, g] [outer, positions] = weight[g] [outer, inner] columns[n, g] [inner, positions]. */
  forward({ input, weight, output, geometry }: ConvolutionKernel): void {
    this.#run(input.layout.shape, weight.layout.shape, output, geometry, (work) => {
      const { batch, groups, inner, outer, positions } = work.plan;
      const padded = work.padded(input);
      const factor = work.matrix(work.contiguous(weight), inner);
      const result = work.result();
      const target = work.matrix(result, positions);
      for (let image = 0; image < batch; image++) {
        for (let group = 0; group < groups; group++) {
          const product = work.image * image + work.groupImage * group;
          this.#multiplyWindows(
            work,
            work.rows(factor, group * outer),
            padded + product,
            work.rows(target, (image * groups + group) * outer),
            [outer, positions, inner],
            [work.tables.positions, work.tables.windows],
            false,
          );
        }
      }
      if (result !== output) copyView(this.#backend, result, output);
    });
  }

  /** columns = weight[g]^T gradient[n, g], each added to the image where its window lay. */
  input({ gradient, weight, output, geometry }: ConvolutionInputKernel): void {
    this.#run(output.layout.shape, weight.layout.shape, gradient, geometry, (work) => {
      const { batch, groups, inner, outer, positions, padded, interior } = work.plan;
      const factor = work.matrix(work.contiguous(weight), inner);
      const source = work.matrix(work.contiguous(gradient), positions);
      const images = work.allocate([batch, ...padded.shape]);
      work.fill(images);
      const columns = work.matrix(work.allocate([inner, positions]), positions);
      for (let image = 0; image < batch; image++) {
        for (let group = 0; group < groups; group++) {
          const { pointer, rowStride, columnStride } = work.rows(factor, group * outer);
          const transposed = { pointer, rowStride: columnStride, columnStride: rowStride };
          const right = work.rows(source, (image * groups + group) * outer);
          work.gemm.multiply(transposed, right, columns, inner, positions, outer, false);
          this.#kernelsOf(work.type).addWindows?.(
            pointerOf(images) + work.image * image + work.groupImage * group,
            work.tables.positions,
            work.tables.windows,
            positions,
            inner,
            columns.pointer,
          );
        }
      }
      const inside = new Layout([batch, ...interior.shape], [padded.size, ...interior.strides], interior.offset);
      copyView(this.#backend, withLayout(images, inside), output);
    });
  }

  /** output[g] [outer, inner] = the sum over images of gradient[n, g] columns[n, g]^T. */
  weight({ gradient, input, output, geometry }: ConvolutionWeightKernel): void {
    this.#run(input.layout.shape, output.layout.shape, gradient, geometry, (work) => {
      const { batch, groups, inner, outer, positions } = work.plan;
      const padded = work.padded(input);
      const source = work.matrix(work.contiguous(gradient), positions);
      const result = output.layout.isContiguous ? output : work.allocate(output.layout.shape);
      work.fill(result);
      const target = work.matrix(result, inner);
      for (let image = 0; image < batch; image++) {
        for (let group = 0; group < groups; group++) {
          this.#multiplyWindows(
            work,
            work.rows(source, (image * groups + group) * outer),
            padded + work.image * image + work.groupImage * group,
            work.rows(target, group * outer),
            [outer, inner, positions],
            [work.tables.windows, work.tables.positions],
            true,
          );
        }
      }
      if (result !== output) copyView(this.#backend, result, output);
    });
  }

  /** out = (or +=) left [rows, depth] windows [depth, columns], whose columns and rows lie where the tables say. */
  #multiplyWindows(
    work: Work,
    left: MatrixPlace,
    image: number,
    out: MatrixPlace,
    [rows, columns, depth]: readonly [number, number, number],
    [columnTable, rowTable]: readonly [number, number],
    accumulate: boolean,
  ): void {
    const { packWindows } = this.#kernelsOf(work.type);
    for (let k = 0; k < depth; k += MAX_DEPTH) {
      const length = Math.min(MAX_DEPTH, depth - k);
      packWindows?.(image, columnTable, rowTable + 4 * k, columns, length, work.panels);
      const part = { ...left, pointer: left.pointer + k * left.columnStride };
      work.gemm.multiplyPanels(part, work.panels, out, rows, columns, length, accumulate || k > 0);
    }
  }

  #kernelsOf(type: ElementType): Kernels {
    let kernels = this.#kernels[type];
    if (kernels === undefined) {
      const code = elementCodes[type];
      kernels = this.#engine.compile({ packWindows: packWindowsKernel(code), addWindows: addWindowsKernel(code) });
      this.#kernels[type] = kernels;
    }
    return kernels;
  }

  /** `output` is the convolution's output, or its gradient. */
  #run(input: Shape, weight: Shape, output: View, geometry: ConvolutionGeometry, body: (work: Work) => void): void {
    const plan = planConvolution(input, weight, output.layout.shape, geometry);
    const type = output.dtype as ElementType;
    withScratch(this.#backend, (allocate) => {
      const work = new Work(this.#backend, allocate, plan, type, output, this.#products.gemm(type));
      work.writeTables(this.#engine);
      body(work);
    });
  }
}

/** What one launch works with: a plan, and memory in all the forms that it needs. */
class Work {
  readonly plan: ConvolutionPlan;
  readonly type: ElementType;
  readonly gemm: Gemm;
  readonly tables: Tables;
  /** Bytes of one padded image, and of one group's channels of it. */
  readonly image: number;
  readonly groupImage: number;
  /** Room for panels of windows. */
  readonly panels: number;
  readonly #backend: Backend;
  readonly #allocate: Allocate;
  readonly #output: View;
  readonly #size: number;

  constructor(
    backend: Backend,
    allocate: Allocate,
    plan: ConvolutionPlan,
    type: ElementType,
    output: View,
    gemm: Gemm,
  ) {
    const { columns, size } = elementCodes[type];
    this.#backend = backend;
    this.#allocate = allocate;
    this.#output = output;
    this.#size = size;
    this.plan = plan;
    this.type = type;
    this.gemm = gemm;
    this.image = plan.padded.size * size;
    this.groupImage = plan.groupSize * size;
    const widest = Math.max(plan.inner, plan.positions);
    this.panels = pointerOf(allocate([Math.ceil(widest / columns) * columns * MAX_DEPTH], type));
    const [windows, positions] = [plan.windowAt, plan.positionAt].map((table) => allocate([table.length], 'int32')) as [
      View,
      View,
    ];
    this.tables = { windows: pointerOf(windows), positions: pointerOf(positions) };
  }

  writeTables({ memory }: Engine): void {
    const words = memory.array('int32');
    const { windowAt, positionAt } = this.plan;
    for (const [table, pointer] of [
      [windowAt, this.tables.windows],
      [positionAt, this.tables.positions],
    ] as const) {
      for (let i = 0; i < table.length; i++) words[pointer / 4 + i] = (table[i] as number) * this.#size;
    }
  }

  allocate(shape: Shape): View {
    return this.#allocate(shape, this.type);
  }

  /** All images surrounded by zeros: their address. */
  padded(x: View): number {
    const { batch, padded, interior } = this.plan;
    if (interior.size === padded.size) return pointerOf(this.contiguous(x)) + this.#start(x);
    const images = this.allocate([batch, ...padded.shape]);
    this.fill(images);
    const inside = new Layout([batch, ...interior.shape], [padded.size, ...interior.strides], interior.offset);
    copyView(this.#backend, x, withLayout(images, inside));
    return pointerOf(images);
  }

  #start(x: View): number {
    return x.layout.isContiguous ? x.layout.offset * this.#size : 0;
  }

  contiguous(view: View): View {
    if (view.layout.isContiguous) return view;
    const copy = this.allocate(view.layout.shape);
    copyView(this.#backend, view, copy);
    return copy;
  }

  fill(view: View): void {
    const program = fillProgram(this.type);
    this.#backend.launch({ kind: 'map', program, inputs: [], outputs: [view], uniforms: [0] });
  }

  /** Where the products go: the output itself where its planes are contiguous. */
  result(): View {
    return this.#output.layout.isContiguous ? this.#output : this.allocate(this.#output.layout.shape);
  }

  /** A contiguous view as a matrix of so many columns. */
  matrix(view: View, columns: number): MatrixPlace {
    const pointer = pointerOf(view) + view.layout.offset * this.#size;
    return { pointer, rowStride: columns * this.#size, columnStride: this.#size };
  }

  /** The matrix from a row on. */
  rows(matrix: MatrixPlace, row: number): MatrixPlace {
    return { ...matrix, pointer: matrix.pointer + row * matrix.rowStride };
  }
}
