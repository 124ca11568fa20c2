import { type Code, f64x2, i32, i32x4, i64x2, type Local, select, v128, when } from '../assembler/index.ts';
import { exp32, exp64, log32, log64 } from '../math/index.ts';
import { demote, promote } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { floatLanes, swapHalves, swapPairs } from './value.ts';

export type FloatType = 'float32' | 'float64';

type Combine = (a: Code, b: Code) => Code;

/** Sums that are kept side by side: an addition takes about as many cycles. */
const TURNS = 4;

/** Elements whose sum is kept in the type itself; such sums are added up in float64. */
const RUN = 2048;

/** Bytes of a vector. */
const VECTOR = 16;

/** Lines of neighbouring floats, vector after vector: of four float32 or two float64. */
export class LineCode {
  readonly lanes: (typeof floatLanes)['f32' | 'f64'];
  readonly #emitter: Emitter;
  readonly #kind: 'f32' | 'f64';
  readonly #count: number;
  readonly #numbers: Code;

  constructor(emitter: Emitter, type: FloatType) {
    this.#emitter = emitter;
    this.#kind = type === 'float32' ? 'f32' : 'f64';
    this.lanes = floatLanes[this.#kind];
    this.#count = type === 'float32' ? 4 : 2;
    this.#numbers = emitter.fn.let(i32x4.lanes([0, 1, 2, 3]));
  }

  /** Bytes of an element. */
  get size(): number {
    return VECTOR / this.#count;
  }

  /**
   * Walks `count` elements: `body` is given the vector's distance from the line's start in bytes and, for the last one where it is
   * only a part, which lanes are inside. `folds` that the body adds to take turns, so that no addition waits for the one before.
   */
  walk(count: Code, body: (at: Code, inside: Code | null) => void, folds: readonly Turning[] = []): void {
    const { fn } = this.#emitter;
    const at = fn.variable('i32', i32.const(0));
    const rest = fn.variable('i32', count);
    const repeat = (vectors: number): void =>
      fn.while(i32.leS(i32.const(vectors * this.#count), rest.get), () => {
        for (let v = 0; v < vectors; v++) {
          for (const fold of folds) fold.turn = v;
          body(v === 0 ? at.get : fn.let(i32.add(at.get, i32.const(v * VECTOR)), 'i32'), null);
        }
        fn.emit(at.increase(i32.const(vectors * VECTOR)), rest.increase(i32.const(-vectors * this.#count)));
      });
    if (folds.length > 0) repeat(TURNS);
    repeat(1);
    const last = fn.collect(() => body(at.get, fn.let(this.#inside(rest.get))));
    fn.emit(when(i32.gtS(rest.get, i32.const(0)), last));
  }

  /** Walks lines however long: in runs, after each of which `sums` are settled. */
  walkRuns(length: Code, body: (at: Code, inside: Code | null) => void, sums: readonly TotalCode[] = []): void {
    const { fn } = this.#emitter;
    const [start, rest] = [fn.variable('i32', i32.const(0)), fn.variable('i32', length)];
    fn.while(i32.gtS(rest.get, i32.const(0)), () => {
      const count = select(rest.get, i32.const(RUN), i32.ltS(rest.get, i32.const(RUN)));
      this.walk(count, (at, inside) => body(fn.let(i32.add(start.get, at), 'i32'), inside), sums);
      for (const sum of sums) sum.settle();
      fn.emit(start.increase(i32.const(RUN * this.size)), rest.increase(i32.const(-RUN)));
    });
  }

  #inside(rest: Code): Code {
    const mask = i32x4.gtS(i32x4.splat(rest), this.#numbers);
    return this.#kind === 'f32' ? mask : i64x2.extendLowI32x4S(mask);
  }

  constant(value: number): Code {
    return this.#emitter.fn[this.#kind](value);
  }

  /** A float64 in memory, as a number of the line's type in all lanes. */
  number(address: Code): Code {
    const wide = this.#emitter.fn.let(v128.load64Splat(address));
    return this.#kind === 'f64' ? wide : demote([wide, wide]);
  }

  /** One number in memory, in all lanes. */
  splat(address: Code): Code {
    return this.#kind === 'f32' ? v128.load32Splat(address) : v128.load64Splat(address);
  }

  /** Which of the neighbouring truth values are set. */
  truths(address: Code): Code {
    const stored = this.#kind === 'f32' ? v128.load(address) : v128.load64Zero(address);
    const mask = i32x4.ne(stored, this.#emitter.fn.i32(0));
    return this.#kind === 'f32' ? mask : i64x2.extendLowI32x4S(mask);
  }

  /** Stores a vector, or the lanes inside: nothing behind the line's end is touched. */
  store(address: Code, value: Code, inside: Code | null): void {
    const { fn } = this.#emitter;
    if (inside === null) return fn.emit(v128.store(address, value));
    const [at, kept] = [fn.let(address, 'i32'), fn.let(value)];
    fn.emit(this.storeFirst(at, kept));
    // Part of two lanes is one.
    for (let lane = 1; lane < this.#count - 1; lane++) {
      fn.emit(when(i32x4.extract(inside, lane), v128.store32Lane(at, kept, lane, lane * this.size)));
    }
  }

  /** The vector with zeros outside. */
  within(value: Code, inside: Code | null): Code {
    return inside === null ? value : v128.and(value, inside);
  }

  storeFirst(address: Code, value: Code): Code {
    return this.#kind === 'f32' ? v128.store32Lane(address, value, 0) : v128.store64Lane(address, value, 0);
  }

  /** a * b + c. */
  madd(a: Code, b: Code, c: Code): Code {
    return this.#kind === 'f32' ? this.#emitter.madd32(a, b, c) : this.#emitter.madd64(a, b, c);
  }

  exp(x: Code): Code {
    return this.#kind === 'f32' ? exp32(this.#emitter, x) : exp64(this.#emitter, x);
  }

  log(x: Code): Code {
    return this.#kind === 'f32' ? log32(this.#emitter, x) : log64(this.#emitter, x);
  }

  /** What sums of vectors are kept in, in float64: starts at 0. */
  total(): TotalCode {
    return new TotalCode(this.#emitter, this.#kind);
  }

  /** The largest of vectors, NaN where there is one: starts at -Infinity. */
  highest(): HighestCode {
    return new HighestCode(this.#emitter, this);
  }

  /** All lanes combined, in all lanes. */
  across(combine: Combine, vector: Code): Code {
    const { fn } = this.#emitter;
    const swapped = (value: Code, swap: typeof swapPairs): Code =>
      swap({ kind: 'f32', parts: [value] }).parts[0] as Code;
    const pairs = fn.let(vector);
    const halves = fn.let(combine(pairs, swapped(pairs, swapHalves)));
    return this.#kind === 'f64' ? halves : fn.let(combine(halves, swapped(halves, swapPairs)));
  }
}

/** What is folded in several vectors side by side; `turn` says which of them is next. */
interface Turning {
  turn: number;
}

export class HighestCode implements Turning {
  turn = 0;
  readonly #emitter: Emitter;
  readonly #line: LineCode;
  readonly #lowest: Code;
  readonly #running: readonly Local[];

  constructor(emitter: Emitter, line: LineCode) {
    this.#emitter = emitter;
    this.#line = line;
    this.#lowest = line.constant(Number.NEGATIVE_INFINITY);
    this.#running = Array.from({ length: TURNS }, () => emitter.fn.variable('v128', this.#lowest));
  }

  raise(vector: Code, inside: Code | null): void {
    const running = this.#running[this.turn] as Local;
    const raised = inside === null ? vector : v128.bitselect(vector, this.#lowest, inside);
    this.#emitter.fn.emit(running.set(this.#line.lanes.max(running.get, raised)));
  }

  /** In all lanes. */
  result(): Code {
    const { max } = this.#line.lanes;
    return this.#line.across(
      max,
      this.#running.map(({ get }) => get).reduce((a, b) => max(a, b)),
    );
  }
}

/** A sum that is kept in vectors of the line's type for a while, and then added up in float64. */
export class TotalCode implements Turning {
  turn = 0;
  readonly #emitter: Emitter;
  readonly #kind: 'f32' | 'f64';
  readonly #running: readonly Local[];
  readonly #total: Local;

  constructor(emitter: Emitter, kind: 'f32' | 'f64') {
    const { fn } = emitter;
    this.#emitter = emitter;
    this.#kind = kind;
    this.#running = Array.from({ length: TURNS }, () => fn.variable('v128', fn.f64(0)));
    this.#total = fn.variable('v128', fn.f64(0));
  }

  add(vector: Code): void {
    const running = this.#running[this.turn] as Local;
    this.#emitter.fn.emit(running.set(floatLanes[this.#kind].add(running.get, vector)));
  }

  /** Ends a run of additions that is short enough for its precision. */
  settle(): void {
    const { fn } = this.#emitter;
    const { add } = floatLanes[this.#kind];
    const sum = this.#running.map(({ get }) => get).reduce((a, b) => add(a, b));
    const parts = this.#kind === 'f64' ? [sum] : promote(this.#emitter, sum).parts;
    for (const part of parts) fn.emit(this.#total.set(f64x2.add(this.#total.get, part)));
    for (const running of this.#running) fn.emit(running.set(fn.f64(0)));
  }

  /** The sum times a number (f64 in both lanes), in all lanes. */
  times(factor: Code): Code {
    const { fn } = this.#emitter;
    const [swapped] = swapHalves({ kind: 'f32', parts: [this.#total.get] }).parts as [Code];
    const sum = fn.let(f64x2.mul(f64x2.add(this.#total.get, swapped), factor));
    return this.#kind === 'f64' ? sum : fn.let(demote([sum, sum]));
  }
}
