import { type Expression, type MapProgram, mapProgram, type ReduceProgram, reduceProgram } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { compact, symbolsOf } from '../symbols.ts';

/** A gradient as a kernel; `read` says which symbols its inputs are. */
export interface GradientKernel<Program> {
  readonly program: Program;
  readonly read: readonly number[];
}

/**
 * The gradients of a program's inputs, as expressions over a space of symbols (inputs, results, arriving gradients) whose
 * dtypes are `symbols`; null where a gradient is zero everywhere. The kernels that compute them are made once and kept:
 * a training step asks for the same ones again and again.
 */
export class Derivative {
  readonly expressions: readonly (Expression | null)[];
  readonly symbols: readonly DType[];
  readonly #uniforms: readonly DType[];
  readonly #maps = new Map<number | string, GradientKernel<MapProgram>>();
  readonly #sums = new Map<number, GradientKernel<ReduceProgram>>();
  readonly #reads = new Map<number | string, ReadonlySet<number>>();

  constructor(expressions: readonly (Expression | null)[], symbols: readonly DType[], uniforms: readonly DType[]) {
    this.expressions = expressions;
    this.symbols = symbols;
    this.#uniforms = uniforms;
  }

  /** The symbols that the wanted gradients read. */
  reads(needs: readonly boolean[]): ReadonlySet<number> {
    return remembered(this.#reads, maskOf(needs), () => {
      const wanted = this.expressions.filter((expression, i) => expression !== null && needs[i]);
      return new Set(symbolsOf(wanted as Expression[]));
    });
  }

  /** One kernel with an output for every chosen input; these have a gradient. */
  map(chosen: readonly boolean[]): GradientKernel<MapProgram> {
    return remembered(this.#maps, maskOf(chosen), () => {
      const { roots, read } = compact(this.expressions.filter((_, i) => chosen[i]) as Expression[]);
      return { program: mapProgram(this.#dtypes(read), this.#uniforms, roots), read };
    });
  }

  /** A kernel that also sums the gradient of one input, over the axes along which it was broadcast. */
  sum(at: number): GradientKernel<ReduceProgram> {
    return remembered(this.#sums, at, () => {
      const { roots, read } = compact([this.expressions[at] as Expression]);
      return { program: reduceProgram(this.#dtypes(read), this.#uniforms, 'sum', roots[0] as Expression), read };
    });
  }

  #dtypes(read: readonly number[]): readonly DType[] {
    return read.map((symbol) => this.symbols[symbol] as DType);
  }
}

/** Flags as the bits of a number, which holds 53 of them exactly; as text beyond. */
function maskOf(flags: readonly boolean[]): number | string {
  if (flags.length > 53) return flags.join();
  let mask = 0;
  for (let i = flags.length - 1; i >= 0; i--) mask = 2 * mask + (flags[i] ? 1 : 0);
  return mask;
}

interface Cache<Key, T> {
  get(key: Key): T | undefined;
  set(key: Key, value: T): unknown;
}

/** What the cache holds for the key, or else what `make` gives. */
export function remembered<Key, T>(cache: Cache<Key, T>, key: Key, make: () => T): T {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}
