import { type Backend, type ConvolutionPlan, copyView, fillProgram, type View, withLayout } from '@gradus/backend';
import { type DType, Layout, type Shape } from '@gradus/storage';
import type { FloatType } from '../codegen/line-code.ts';
import type { Engine } from '../engine.ts';
import { addressOf, pointerOf } from '../map.ts';
import { elementCodes } from '../matmul/element-type.ts';
import type { MatrixPlace, Strides } from '../matmul/gemm.ts';
import type { Depthwise } from './depthwise.ts';

type Allocate = (shape: Shape, dtype: DType) => View;

/** Tables of a plan in linear memory, in bytes: where window elements and positions lie in a padded image. */
interface Tables {
  readonly windows: number;
  readonly positions: number;
}

/** What one launch works with: a plan, and memory in all the forms that it needs. */
export class ConvolutionWork {
  readonly plan: ConvolutionPlan;
  readonly type: FloatType;
  readonly tables: Tables;
  /** Whether the columns are the image itself, every element a window: then nothing has to be looked up. */
  readonly isPointwise: boolean;
  /** Whether every group is one channel, whose windows are a step apart along the last axis. */
  readonly isDepthwise: boolean;
  /** Bytes of one padded image, and of one group's channels of it. */
  readonly image: number;
  readonly groupImage: number;
  readonly #backend: Backend;
  readonly #allocate: Allocate;
  readonly #output: View;
  readonly #size: number;

  constructor(backend: Backend, allocate: Allocate, plan: ConvolutionPlan, type: FloatType, output: View) {
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
    const {
      padded: { strides },
      groupSize,
      groups,
      positionAt,
    } = plan;
    this.isDepthwise =
      !this.isPointwise &&
      groups > 1 &&
      groupSize === strides[0] &&
      isDense(positionAt, output.layout.shape.at(-1) as number);
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

  /** A depthwise convolution of padded images and the planes of its output. */
  depthwise(image: number, weight: number, plane: number): Depthwise {
    const { batch, groups, outer, inner, positions } = this.plan;
    const columns = this.#output.layout.shape.at(-1) as number;
    const sizes = { elements: inner, rows: positions / columns, columns, batch, groups, outer };
    return { image, weight, plane, ...this.tables, ...sizes, channelBytes: this.groupImage };
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
    return { pointer: addressOf(view), rowStride: columns * this.#size, columnStride: this.#size };
  }

  /** Addresses for every group of every image, as `body` gives them. */
  eachGroup(body: (image: number, group: number) => readonly number[]): readonly number[] {
    const { batch, groups } = this.plan;
    return Array.from({ length: batch * groups }, (_, i) => body(Math.floor(i / groups), i % groups)).flat();
  }
}

/** Whether the positions of a row are neighbours. */
function isDense(positionAt: Int32Array, columns: number): boolean {
  return columns === 1 || positionAt[1] === 1;
}
