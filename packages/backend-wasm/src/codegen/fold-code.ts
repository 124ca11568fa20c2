import { initialValue, type ReduceProgram } from '@gradus/backend';
import { type Code, f32x4, f64x2, i32x4, type Local, v128 } from '../assembler/index.ts';
import { demote, promote } from './convert.ts';
import type { Emitter } from './emitter.ts';
import {
  choose,
  compare,
  constantValue,
  held,
  type Kind,
  kindOf,
  swapHalves,
  swapPairs,
  type Value,
  vector,
} from './value.ts';

/** Four running folds: their values, where the extremes were seen, and the total that finished blocks were added to. */
export interface Accumulator {
  readonly value: readonly Local[];
  readonly place: Local | null;
}

type Combine = (a: Code, b: Code) => Code;

const folds: Readonly<Record<Kind, Readonly<Record<'sum' | 'prod' | 'max' | 'min', Combine>>>> = {
  f32: { sum: f32x4.add, prod: f32x4.mul, max: f32x4.max, min: f32x4.min },
  f64: { sum: f64x2.add, prod: f64x2.mul, max: f64x2.max, min: f64x2.min },
  i32: { sum: i32x4.add, prod: i32x4.mul, max: i32x4.maxS, min: i32x4.minS },
  mask: { sum: v128.or, prod: v128.and, max: v128.or, min: v128.and },
};

/** How a program folds, in vectors. */
export class FoldCode {
  readonly #emitter: Emitter;
  readonly #program: ReduceProgram;
  readonly #kind: Kind;
  /** Whether the place of the extreme is wanted. */
  readonly isIndexed: boolean;
  /** Whether float sums are kept in blocks, whose sums are added up in float64. */
  readonly isBlocked: boolean;

  constructor(emitter: Emitter, program: ReduceProgram, withIndices: boolean) {
    this.#emitter = emitter;
    this.#program = program;
    this.#kind = kindOf(program.body.dtype);
    this.isIndexed = withIndices || program.fold.startsWith('arg');
    this.isBlocked = program.fold === 'sum' && (this.#kind === 'f32' || this.#kind === 'f64');
  }

  /** The neutral element in all lanes. */
  get initial(): Value {
    const { fold, body } = this.#program;
    return constantValue(this.#emitter, this.#kind, initialValue(fold, body.dtype));
  }

  declare(): Accumulator {
    const { fn } = this.#emitter;
    const parts = this.#kind === 'f64' ? 2 : 1;
    return {
      value: Array.from({ length: parts }, () => fn.local('v128')),
      place: this.isIndexed ? fn.local('v128') : null,
    };
  }

  /** Starts a fold; `place` is where its first elements stand. */
  reset({ value, place }: Accumulator, first: Code): void {
    this.#store(value, this.initial);
    if (place !== null) this.#emitter.fn.emit(place.set(first));
  }

  /** Folds four more elements in; they stand at `at`. */
  add({ value, place }: Accumulator, next: Value, at: Code): void {
    const running = this.#read(value);
    if (place === null) {
      this.#store(value, this.#combined(running, next));
      return;
    }
    const { fn } = this.#emitter;
    const wins = fn.let(this.#beats(next, running));
    this.#store(value, choose(wins, next, running));
    fn.emit(place.set(v128.bitselect(at, place.get, wins)));
  }

  /** Folds the second accumulator into the first; neither stands behind the other. */
  merge(into: Accumulator, other: Accumulator): void {
    const { fn } = this.#emitter;
    const [a, b] = [this.#read(into.value), this.#read(other.value)];
    if (into.place === null || other.place === null) {
      this.#store(into.value, this.#combined(a, b));
      return;
    }
    const wins = fn.let(this.#winsOver(b, other.place.get, a, into.place.get));
    this.#store(into.value, choose(wins, b, a));
    fn.emit(into.place.set(v128.bitselect(other.place.get, into.place.get, wins)));
  }

  /** Folds the four lanes into one another: all hold the result. */
  acrossLanes(accumulator: Accumulator): void {
    const { fn } = this.#emitter;
    for (const swap of [swapHalves, swapPairs]) {
      const swapped = this.declare();
      this.#store(swapped.value, swap(this.#read(accumulator.value)));
      if (swapped.place !== null && accumulator.place !== null) {
        const places = swap(vector('i32', accumulator.place.get));
        fn.emit(swapped.place.set(places.parts[0] as Code));
      }
      this.merge(accumulator, swapped);
    }
  }

  /** Totals of blocks, in float64. */
  declareTotal(): readonly Local[] {
    const { fn } = this.#emitter;
    return [fn.local('v128'), fn.local('v128')];
  }

  resetTotal(total: readonly Local[]): void {
    for (const local of total) this.#emitter.fn.emit(local.set(this.#emitter.fn.f64(0)));
  }

  /** Adds a block's sums to the totals, and starts the next block. */
  endBlock(total: readonly Local[], { value }: Accumulator): void {
    const { fn } = this.#emitter;
    const sums = this.#read(value);
    const doubles = this.#kind === 'f64' ? sums : promote(this.#emitter, sums.parts[0] as Code);
    total.forEach((local, i) => {
      fn.emit(local.set(f64x2.add(local.get, doubles.parts[i] as Code)));
    });
    this.#store(value, this.initial);
  }

  /** The totals of four results. */
  totals(total: readonly Local[]): Value {
    const parts = total.map((local) => local.get);
    return this.#kind === 'f64' ? { kind: 'f64', parts } : vector('f32', demote(parts));
  }

  /** The sum of the four totals, in all lanes. */
  totalAcrossLanes(total: readonly Local[]): Value {
    const { fn } = this.#emitter;
    const [low, high] = total.map((local) => local.get) as [Code, Code];
    const pair: Value = { kind: 'f64', parts: [fn.let(f64x2.add(low, high))] };
    const sum = fn.let(f64x2.add(pair.parts[0] as Code, swapPairs(pair).parts[0] as Code));
    return this.#kind === 'f64' ? { kind: 'f64', parts: [sum, sum] } : vector('f32', demote([sum, sum]));
  }

  /** What the program's last step starts from. */
  folded({ value, place }: Accumulator): Value {
    const wantsPlace = this.#program.fold.startsWith('arg') && place !== null;
    return wantsPlace ? vector('i32', place.get) : this.#read(value);
  }

  #read(locals: readonly Local[]): Value {
    return { kind: this.#kind, parts: locals.map((local) => local.get) };
  }

  /** Stores all parts at once: one may be read for another. */
  #store(locals: readonly Local[], value: Value): void {
    const { fn } = this.#emitter;
    const parts = value.parts.length > 1 ? held(this.#emitter, value).parts : value.parts;
    locals.forEach((local, i) => {
      fn.emit(local.set(parts[i] as Code));
    });
  }

  #combined(a: Value, b: Value): Value {
    const { fold, body } = this.#program;
    let combine = folds[this.#kind][fold as 'sum' | 'prod' | 'max' | 'min'];
    if (body.dtype === 'uint32' && fold === 'max') combine = i32x4.maxU;
    if (body.dtype === 'uint32' && fold === 'min') combine = i32x4.minU;
    return { kind: this.#kind, parts: a.parts.map((part, i) => combine(part, b.parts[i] as Code)) };
  }

  /** Where a later element replaces the running extreme: strictly better, or the first NaN. */
  #beats(next: Value, best: Value): Code {
    const { fold, body } = this.#program;
    const better = compare(fold === 'max' || fold === 'argmax' ? 'gt' : 'lt', body.dtype, next, best);
    if (this.#kind !== 'f32' && this.#kind !== 'f64') return better;
    const isFirstNaN = v128.and(compare('ne', body.dtype, next, next), compare('eq', body.dtype, best, best));
    return v128.or(better, isFirstNaN);
  }

  /** Where b is the extreme of both: better than a, or its equal that stands before it. */
  #winsOver(b: Value, bPlace: Code, a: Value, aPlace: Code): Code {
    const { dtype } = this.#program.body;
    const bothNaN = v128.and(compare('ne', dtype, a, a), compare('ne', dtype, b, b));
    const equal = v128.or(compare('eq', dtype, a, b), bothNaN);
    return v128.or(this.#beats(b, a), v128.and(equal, i32x4.ltS(bPlace, aPlace)));
  }
}
