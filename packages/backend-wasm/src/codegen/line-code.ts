import { type Code, i32, i32x4, i64x2, v128, when } from '../assembler/index.ts';
import { exp32, exp64, log32, log64 } from '../math/index.ts';
import type { Emitter } from './emitter.ts';
import { floatLanes, swapHalves, swapPairs } from './value.ts';

export type FloatType = 'float32' | 'float64';

type Combine = (a: Code, b: Code) => Code;

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
   * only a part, which lanes are inside.
   */
  walk(count: Code, body: (at: Code, inside: Code | null) => void): void {
    const { fn } = this.#emitter;
    const at = fn.variable('i32', i32.const(0));
    const rest = fn.variable('i32', count);
    fn.while(i32.leS(i32.const(this.#count), rest.get), () => {
      body(at.get, null);
      fn.emit(at.increase(i32.const(VECTOR)), rest.increase(i32.const(-this.#count)));
    });
    const last = fn.collect(() => body(at.get, fn.let(this.#inside(rest.get))));
    fn.emit(when(i32.gtS(rest.get, i32.const(0)), last));
  }

  #inside(rest: Code): Code {
    const mask = i32x4.gtS(i32x4.splat(rest), this.#numbers);
    return this.#kind === 'f32' ? mask : i64x2.extendLowI32x4S(mask);
  }

  constant(value: number): Code {
    return this.#emitter.fn[this.#kind](value);
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
