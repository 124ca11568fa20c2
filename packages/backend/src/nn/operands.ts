import { expand, type Layout, type Shape } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { dispatch } from '../dispatch.ts';
import { type Expression, input, uniform } from '../expression/expression.ts';
import { type Fold, mapProgram, reduceProgram } from '../expression/program.ts';
import type { View } from '../kernel.ts';
import { withLayout } from '../scratch.ts';

/** What one launch over a shape reads: every operand and number gives the expression that stands for it. */
export class Operands {
  readonly #shape: Shape;
  readonly #views: View[] = [];
  readonly #numbers: number[] = [];
  readonly #numberDTypes: View['dtype'][] = [];

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** Elements of a view that broadcasts to the shape. */
  read(view: View): Expression {
    this.#views.push(withLayout(view, expand(view.layout, this.#shape) as Layout));
    return input(this.#views.length - 1, view.dtype);
  }

  number(value: number, { dtype }: View): Expression {
    this.#numbers.push(value);
    this.#numberDTypes.push(dtype);
    return uniform(this.#numbers.length - 1, dtype);
  }

  /** Writes one expression per output; outputs may be operands. */
  map(backend: Backend, outputs: readonly View[], results: readonly Expression[]): void {
    const program = mapProgram(
      this.#views.map(({ dtype }) => dtype),
      this.#numberDTypes,
      results,
    );
    dispatch(backend, { kind: 'map', program, inputs: this.#views, outputs, uniforms: this.#numbers });
  }

  /** Folds an expression over the axes along which the output has size 1. */
  reduce(
    backend: Backend,
    fold: Fold,
    output: View,
    body: Expression,
    finish?: (folded: Expression) => Expression,
  ): void {
    const program = reduceProgram(
      this.#views.map(({ dtype }) => dtype),
      this.#numberDTypes,
      fold,
      body,
      finish?.(input(0, body.dtype)),
    );
    const axes = output.layout.shape.flatMap((n, axis) => (n === 1 ? [axis] : []));
    dispatch(backend, { kind: 'reduce', program, inputs: this.#views, output, axes, uniforms: this.#numbers });
  }
}
