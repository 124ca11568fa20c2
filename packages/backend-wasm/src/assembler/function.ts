import { type Code, flatten, unsigned } from './code.ts';
import { block, branch, branchIf, i32, loop } from './scalar.ts';
import { f32x4, f64x2, i32x4 } from './vector.ts';

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

export const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A local variable of a function that is being written. */
export class Local {
  readonly index: number;
  readonly get: Code;

  constructor(index: number) {
    this.index = index;
    this.get = [0x20, unsigned(index)];
  }

  set(value: Code): Code {
    return [value, 0x21, unsigned(this.index)];
  }

  tee(value: Code): Code {
    return [value, 0x22, unsigned(this.index)];
  }

  increase(by: Code): Code {
    return this.set(i32.add(this.get, by));
  }
}

/** Writes one function: statements are emitted in order, values that are used twice are held in locals. */
export class FunctionBuilder {
  readonly params: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #constants = new Map<string, Local>();
  readonly #prologue: Code[] = [];
  #statements: Code[] = [];

  constructor(params: readonly ValueType[]) {
    this.params = params;
  }

  param(index: number): Local {
    return new Local(index);
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return new Local(this.params.length + this.#locals.length - 1);
  }

  emit(...code: readonly Code[]): void {
    for (const part of code) this.#statements.push(part);
  }

  /** Computes a value here, once; the answer reads it. */
  let(value: Code, type: ValueType = 'v128'): Code {
    const local = this.local(type);
    this.emit(local.set(value));
    return local.get;
  }

  /** A variable that starts with a value. */
  variable(type: ValueType, value: Code): Local {
    const local = this.local(type);
    this.emit(local.set(value));
    return local;
  }

  /** What `body` emits, for use inside a block. */
  collect(body: () => void): Code {
    const outer = this.#statements;
    this.#statements = [];
    body();
    const collected = this.#statements;
    this.#statements = outer;
    return collected;
  }

  /** Repeats `body` while `condition` (an i32) holds. */
  while(condition: Code, body: () => void): void {
    this.emit(block(loop([branchIf(i32.eqz(condition), 1), this.collect(body), branch(0)])));
  }

  // Vectors of one number, set once at the start of the function: engines don't move constants out of loops.

  f32(value: number): Code {
    return this.#constant(`f32 ${Object.is(value, -0) ? '-0' : value}`, f32x4.const(value));
  }

  f64(value: number): Code {
    return this.#constant(`f64 ${Object.is(value, -0) ? '-0' : value}`, f64x2.const(value));
  }

  i32(value: number): Code {
    return this.#constant(`i32 ${value}`, i32x4.const(value));
  }

  #constant(key: string, value: Code): Code {
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = this.local('v128');
      this.#constants.set(key, local);
      this.#prologue.push(local.set(value));
    }
    return local.get;
  }

  /** Locals and instructions as the code section holds them. */
  encode(): number[] {
    const runs: [ValueType, number][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last !== undefined && last[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    const body = [...unsigned(runs.length), ...runs.flatMap(([type, count]) => [...unsigned(count), typeCodes[type]])];
    flatten(this.#prologue, body);
    flatten(this.#statements, body);
    body.push(0x0b);
    return body;
  }
}
