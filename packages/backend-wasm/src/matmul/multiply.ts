import {
  type Backend,
  copyView,
  forEachProduct,
  type MatMulKernel,
  type Matrix,
  matrixOf,
  type Product,
  type View,
  withScratch,
} from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import type { Engine } from '../engine.ts';
import { pointerOf } from '../map.ts';
import type { Allocator } from '../memory/allocator.ts';
import { type ElementType, elementTypeOf } from './element-type.ts';
import { Gemm, type Strides } from './gemm.ts';

/** Runs MatMul kernels: of any dtype and strides, batch after batch. */
export class MatMulRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #gemms: Partial<Record<ElementType, Gemm>> = {};

  constructor(backend: Backend, engine: Engine, allocator: Allocator) {
    this.#backend = backend;
    this.#engine = engine;
    this.#allocator = allocator;
  }

  /** The products of an element type, whose code is made when it is first needed. */
  gemm(type: ElementType): Gemm {
    let gemm = this.#gemms[type];
    if (gemm === undefined) {
      gemm = new Gemm(this.#engine, this.#allocator, type);
      this.#gemms[type] = gemm;
    }
    return gemm;
  }

  run({ a, b, output, accumulate }: MatMulKernel): void {
    const type = elementTypeOf(output.dtype);
    if (output.dtype === type || output.dtype === 'uint32') this.#multiply(a, b, output, accumulate, type);
    else this.#multiplyConverted(a, b, output, accumulate, type);
  }

  /** Narrower types are widened first, and rounded or wrapped once. */
  #multiplyConverted(a: View, b: View, output: View, accumulate: boolean, type: ElementType): void {
    withScratch(this.#backend, (allocate) => {
      const widened = (view: View, copies: boolean): View => {
        const wide = allocate(view.layout.shape, type);
        if (copies) copyView(this.#backend, view, wide);
        return wide;
      };
      const result = widened(output, accumulate);
      this.#multiply(widened(a, true), widened(b, true), result, accumulate, type);
      copyView(this.#backend, result, output);
    });
  }

  #multiply(a: View, b: View, output: View, accumulate: boolean, type: ElementType): void {
    const gemm = this.gemm(type);
    const size = itemSize(type);
    const starts = [a, b, output].map(pointerOf) as [number, number, number];
    const places: number[] = [];
    let first: Product | null = null;
    forEachProduct(
      a,
      b,
      output,
      ({ layout }) => matrixOf(layout),
      (product) => {
        first ??= product;
        places.push(starts[0] + product.a.offset * size);
        places.push(starts[1] + product.b.offset * size);
        places.push(starts[2] + product.out.offset * size);
      },
    );
    if (first === null) return;
    const { rows, columns, depth, ...matrices } = first as Product;
    const strides = ({ rowStride, columnStride }: Matrix): Strides => {
      return { rowStride: rowStride * size, columnStride: columnStride * size };
    };
    const [left, right, out] = [strides(matrices.a), strides(matrices.b), strides(matrices.out)];
    gemm.run({ places, rows, columns, depth, a: left, b: right, c: out, accumulate });
  }
}
