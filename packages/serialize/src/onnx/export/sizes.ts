import type { GraphBuilder } from './graph-builder.ts';
import { ExportError } from './trace.ts';

/** A number that was seen in two runs with batches of different sizes. */
export type Twice = readonly [number, number];

/** How sizes that depend on the batch are computed in the graph: each is slope times its size, plus a constant. */
export class Sizes {
  readonly #builder: GraphBuilder;
  /** The batch's size in both runs; equal where it is fixed. */
  readonly #batch: Twice;
  /** Where the graph reads it: an input and its axis. */
  readonly #from: { readonly input: string; readonly axis: number } | null;
  #size: string | null = null;

  constructor(builder: GraphBuilder, batch: Twice, from: { readonly input: string; readonly axis: number } | null) {
    this.#builder = builder;
    this.#batch = batch;
    this.#from = from;
  }

  /** A list of int64, constant where both runs agree. */
  list(first: readonly number[], second: readonly number[]): string {
    if (first.length !== second.length) throw depends('a number of axes');
    if (first.every((n, i) => n === second[i])) return this.#builder.integers(first);
    const lines = first.map((n, i) => this.#line(n, second[i] as number));
    const scaled = this.#builder.add('Mul', [this.#batchSize(), this.#builder.integers(lines.map(([slope]) => slope))]);
    return this.#builder.add('Add', [scaled, this.#builder.integers(lines.map(([, constant]) => constant))]);
  }

  /** The shape of a Reshape, which can work one size out by itself. */
  reshape(first: readonly number[], second: readonly number[]): string {
    const differing = first.filter((n, i) => n !== second[i]);
    const fixed = !first.includes(0) && first.length === second.length;
    if (differing.length !== 1 || !fixed) return this.list(first, second);
    return this.#builder.integers(first.map((n, i) => (n === second[i] ? n : -1)));
  }

  #line(first: number, second: number): Twice {
    const slope = (second - first) / (this.#batch[1] - this.#batch[0]);
    const constant = first - slope * this.#batch[0];
    if (!Number.isInteger(slope)) throw depends(`the size ${first}`);
    return [slope, constant];
  }

  /** The batch's size, [1]. */
  #batchSize(): string {
    if (this.#from === null) throw depends('a size');
    const { input, axis } = this.#from;
    this.#size ??= this.#builder.add('Shape', [input], { start: axis, end: axis + 1 });
    return this.#size;
  }
}

export function depends(what: string): ExportError {
  return new ExportError(
    `exportOnnx: ${what} depends on the size of the batch in a way that a graph can't follow; leave batchAxis out to fix it`,
  );
}
