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
import { type DType, Layout, type Shape, sizeOf } from '@gradus/storage';
import type { Engine } from '../engine.ts';
import { pointerOf } from '../map.ts';
import { type ElementType, elementCodes } from '../matmul/element-type.ts';
import { Gemm, type MatrixPlace, type Strides } from '../matmul/gemm.ts';
import type { RightOperand } from '../matmul/product-code.ts';
import type { Allocator } from '../memory/allocator.ts';
import { SpreadRunner } from './window-spread.ts';

type Allocate = (shape: Shape, dtype: DType) => View;

/** Tables of a plan in linear memory, in bytes: where window elements and positions lie in a padded image. */
interface Tables {
  readonly windows: number;
  readonly positions: number;
}

/** Convolution and its gradients as matrix products of images, whose windows go straight into panels. */
export class ConvolutionRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #products: Partial<Record<`${ElementType} ${RightOperand}`, Gemm>> = {};
  readonly #spreads: Partial<Record<ElementType, SpreadRunner>> = {};

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
      this.#productsOf(work).run({
        places: work.eachGroup((image, group) => [
          factor.pointer + group * outer * factor.rowStride,
          padded + work.image * image + work.groupImage * group,
          target.pointer + (image * work.plan.groups + group) * outer * target.rowStride,
        ]),
        ...{ rows: outer, columns: positions, depth: inner, accumulate: false },
        ...{ a: factor, b: work.columns, c: target },
      });
      if (result !== output) copyView(this.#backend, result, output);
    });
  }

  /** columns = weight[g]^T gradient[n, g], each added to the image where its window lay. */
  input({ gradient, weight, output, geometry }: ConvolutionInputKernel): void {
    this.#run(output.layout.shape, weight.layout.shape, gradient, geometry, (work) => {
      if (work.isPointwise) return this.#pointwiseInput(work, gradient, weight, output);
      const { batch, groups, inner, outer, positions, padded, interior } = work.plan;
      const factor = work.matrix(work.transposed(weight), outer);
      const source = work.matrix(work.contiguous(gradient), positions);
      const images = work.allocate([batch, ...padded.shape]);
      work.fill(images);
      const target = pointerOf(images);
      this.#spreadOf(work.type).run({
        places: work.eachGroup((image, group) => [
          factor.pointer + group * inner * factor.rowStride,
          source.pointer + (image * groups + group) * outer * source.rowStride,
          target + work.image * image + work.groupImage * group,
        ]),
        ...{ rows: inner, columns: positions, depth: outer, plane: sizeOf(weight.layout.shape.slice(2)) },
        ...{ aRow: factor.rowStride, bRow: source.rowStride },
        ...{ rowTable: work.tables.windows, columnTable: work.tables.positions },
      });
      const inside = new Layout([batch, ...interior.shape], [padded.size, ...interior.strides], interior.offset);
      copyView(this.#backend, withLayout(images, inside), output);
    });
  }

  /** Of windows of one element, each has a place of its own in the image: the product is the image. */
  #pointwiseInput(work: Work, gradient: View, weight: View, output: View): void {
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
      if (result !== output) copyView(this.#backend, result, output);
    });
  }

  #productsOf({ type, isPointwise }: Work): Gemm {
    const right = isPointwise ? 'columns' : 'windows';
    const key = `${type} ${right}` as const;
    this.#products[key] ??= new Gemm(this.#engine, this.#allocator, type, right);
    return this.#products[key];
  }

  #spreadOf(type: ElementType): SpreadRunner {
    this.#spreads[type] ??= new SpreadRunner(this.#engine, this.#allocator, type);
    return this.#spreads[type];
  }

  /** `output` is the convolution's output, or its gradient. */
  #run(input: Shape, weight: Shape, output: View, geometry: ConvolutionGeometry, body: (work: Work) => void): void {
    const plan = planConvolution(input, weight, output.layout.shape, geometry);
    const type = output.dtype as ElementType;
    withScratch(this.#backend, (allocate) => {
      const work = new Work(this.#backend, allocate, plan, type, output);
      if (!work.isPointwise) work.writeTables(this.#engine);
      body(work);
    });
  }
}

function transposed({ rowStride, columnStride }: Strides): Strides {
  return { rowStride: columnStride, columnStride: rowStride };
}

/** What one launch works with: a plan, and memory in all the forms that it needs. */
class Work {
  readonly plan: ConvolutionPlan;
  readonly type: ElementType;
  readonly tables: Tables;
  /** Whether the columns are the image itself, every element a window: then nothing has to be looked up. */
  readonly isPointwise: boolean;
  /** Bytes of one padded image, and of one group's channels of it. */
  readonly image: number;
  readonly groupImage: number;
  readonly #backend: Backend;
  readonly #allocate: Allocate;
  readonly #output: View;
  readonly #size: number;

  constructor(backend: Backend, allocate: Allocate, plan: ConvolutionPlan, type: ElementType, output: View) {
    const { size } = elementCodes[type];
    this.#backend = backend;
    this.#allocate = allocate;
    this.#output = output;
    this.#size = size;
    this.plan = plan;
    this.type = type;
    this.isPointwise = plan.padded.size === plan.interior.size && plan.positions === plan.padded.strides[0];
    this.image = plan.padded.size * size;
    this.groupImage = plan.groupSize * size;
    const [windows, positions] = [plan.windowAt, plan.positionAt].map((table) => allocate([table.length], 'int32')) as [
      View,
      View,
    ];
    this.tables = { windows: pointerOf(windows), positions: pointerOf(positions) };
  }

  /** How the matrix of columns lies: its strides, or tables of where its rows and its columns are. */
  get columns(): Strides {
    const { windows, positions } = this.tables;
    if (!this.isPointwise) return { rowStride: windows, columnStride: positions };
    return { rowStride: this.plan.positions * this.#size, columnStride: this.#size };
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

  /** The weight of every group as [inner, outer]. */
  transposed(weight: View): View {
    const { groups, inner, outer } = this.plan;
    const { layout } = this.contiguous(weight);
    const copy = this.allocate([groups, inner, outer]);
    const across = new Layout(copy.layout.shape, [inner * outer, 1, inner], layout.offset);
    copyView(this.#backend, withLayout(this.contiguous(weight), across), copy);
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

  /** Addresses for every group of every image, as `body` gives them. */
  eachGroup(body: (image: number, group: number) => readonly number[]): readonly number[] {
    const { batch, groups } = this.plan;
    return Array.from({ length: batch * groups }, (_, i) => body(Math.floor(i / groups), i % groups)).flat();
  }
}
