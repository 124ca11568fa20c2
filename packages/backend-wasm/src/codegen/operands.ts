import { type DType, itemSize } from '@gradus/storage';
import { type Code, f32, f32x4, f64, f64x2, i32, i32x4, type Local, select, when } from '../assembler/index.ts';
import { operandAt, uniformAt } from '../memory/arguments.ts';
import { encoded, loadSplat, loadStrided, loadUnit, neighbours, storeLanes, storeUnit } from './access.ts';
import type { Emitter } from './emitter.ts';
import { kindOf, LANES, type Value, vector } from './value.ts';

/** How an operand moves along the vectorised axis. */
export type Step = 'still' | 'unit' | 'strided';

/** One operand of a kernel while its code is written: an address that moves, and its steps. */
export class OperandCode {
  readonly dtype: DType;
  readonly step: Step;
  readonly address: Local;
  readonly rowStep: Code;
  readonly columnStep: Code;
  readonly #emitter: Emitter;
  readonly #k: number;
  /** Bytes to lanes 1 to 3 of a strided operand. */
  readonly #behind: readonly Local[];

  constructor(emitter: Emitter, k: number, dtype: DType, step: Step) {
    const { fn } = emitter;
    const at = i32.const(operandAt(k));
    this.#emitter = emitter;
    this.#k = k;
    this.dtype = dtype;
    this.step = step;
    this.address = fn.variable('i32', i32.load(at));
    this.rowStep = fn.let(i32.load(at, 4), 'i32');
    this.columnStep = step === 'unit' ? i32.const(itemSize(dtype)) : fn.let(i32.load(at, 8), 'i32');
    this.#behind = step === 'strided' ? [1, 2, 3].map(() => fn.local('i32')) : [];
    this.resetLanes();
  }

  /** Moves to its address in a table's entry for a block. */
  moveTo(place: Code): Code {
    return this.address.set(i32.load(place, 4 * this.#k));
  }

  /** Lanes of strided operands all lie inside again. */
  resetLanes(step: Code = this.columnStep): void {
    this.#behind.forEach((local, i) => {
      this.#emitter.fn.emit(local.set(i32.mul(step, i32.const(i + 1))));
    });
  }

  /** Lanes of strided operands from `count` on repeat the first, so that nothing outside is read. */
  limitLanes(count: Code): Code {
    return this.#behind.map((local, i) => local.set(select(local.get, i32.const(0), i32.gtS(count, i32.const(i + 1)))));
  }

  load(address: Code = this.address.get): Value {
    if (this.step === 'still') return loadSplat(this.#emitter, this.dtype, address);
    if (this.step === 'unit') return loadUnit(this.#emitter, this.dtype, address);
    return loadStrided(
      this.#emitter,
      this.dtype,
      address,
      this.#behind.map((local) => local.get),
    );
  }

  /** Stores as many lanes as `count` says, at least one. */
  store(value: Value, count: Code): void {
    const { fn } = this.#emitter;
    const stored = encoded(this.#emitter, this.dtype, value);
    const address = this.address.get;
    const behind = this.step === 'strided' ? this.#behind.map((local) => local.get) : neighbours(this.dtype);
    const few = this.step === 'still' ? i32.const(1) : count;
    if (this.step !== 'unit') fn.emit(storeLanes(this.dtype, address, behind, stored, few));
    else {
      const all = storeUnit(this.#emitter, this.dtype, address, stored);
      const some = storeLanes(this.dtype, address, behind, stored, count);
      fn.emit(when(i32.gtS(count, i32.const(LANES - 1)), all, some));
    }
  }

  /** Moves the address by so many steps along columns. */
  advance(columns: number): void {
    if (this.step === 'still') return;
    const bytes =
      this.step === 'unit' ? i32.const(columns * itemSize(this.dtype)) : i32.mul(this.columnStep, i32.const(columns));
    this.#emitter.fn.emit(this.address.increase(bytes));
  }
}

/** Repeats `body` for blocks [from, to), with the operands moved to the addresses that a table has for each. */
export function eachBlock(
  { fn }: Emitter,
  [from, to, table]: readonly [from: Local, to: Local, table: Local],
  operands: readonly OperandCode[],
  body: () => void,
): void {
  const bytes = i32.const(4 * operands.length);
  fn.emit(table.increase(i32.mul(from.get, bytes)));
  fn.while(i32.ltS(from.get, to.get), () => {
    for (const operand of operands) fn.emit(operand.moveTo(table.get));
    body();
    fn.emit(table.increase(bytes), from.increase(i32.const(1)));
  });
}

/** A uniform of the launch, in all lanes. */
export function uniformValue(emitter: Emitter, operands: number, u: number, dtype: DType): Value {
  const { fn } = emitter;
  const number = fn.let(f64.load(i32.const(uniformAt(operands, u))), 'f64');
  switch (kindOf(dtype)) {
    case 'f64': {
      const part = fn.let(f64x2.splat(number));
      return { kind: 'f64', parts: [part, part] };
    }
    case 'f32':
      return vector('f32', f32x4.splat(f32.demote(number)));
    case 'mask':
      return vector('mask', i32x4.ne(i32x4.splat(i32.truncF64S(number)), fn.i32(0)));
    case 'i32':
      return vector('i32', i32x4.splat(dtype === 'uint32' ? i32.truncF64U(number) : i32.truncF64S(number)));
  }
}
