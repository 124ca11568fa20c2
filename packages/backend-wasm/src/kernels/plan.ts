import { type Code, type FunctionBuilder, i32 } from '../assembler/index.ts';

/**
 * What a kernel is told of a launch, in linear memory: one i32 per name, and behind them a table with a row of addresses per item
 * that the kernel may be asked for.
 */
export class Plan<Name extends string, Operand extends string> {
  readonly #names: readonly Name[];
  readonly operands: readonly Operand[];

  constructor(names: readonly Name[], operands: readonly Operand[]) {
    this.#names = names;
    this.operands = operands;
  }

  byteLength(items: number): number {
    return 4 * (this.#names.length + items * this.operands.length);
  }

  /** Writes numbers and addresses (of item after item) to a place in all of memory as words. */
  write(
    words: Int32Array,
    pointer: number,
    values: Readonly<Record<Name, number>>,
    addresses: readonly number[],
  ): void {
    const at = pointer / 4;
    for (const [i, name] of this.#names.entries()) words[at + i] = values[name];
    words.set(addresses, at + this.#names.length);
  }

  /** Where a number stands. */
  addressOf(pointer: Code, name: Name): Code {
    return i32.add(pointer, i32.const(4 * this.#names.indexOf(name)));
  }

  /** Reads the numbers, once. */
  load(fn: FunctionBuilder, pointer: Code): Readonly<Record<Name, Code>> {
    return read(fn, pointer, this.#names, 0);
  }

  /** Reads the addresses of an item, here. */
  loadItem(fn: FunctionBuilder, pointer: Code, item: Code): Readonly<Record<Operand, Code>> {
    const row = fn.let(i32.add(pointer, i32.mul(item, i32.const(4 * this.operands.length))), 'i32');
    return read(fn, row, this.operands, 4 * this.#names.length);
  }
}

function read<Name extends string>(
  fn: FunctionBuilder,
  pointer: Code,
  names: readonly Name[],
  offset: number,
): Readonly<Record<Name, Code>> {
  const entries = names.map((name, i) => [name, fn.let(i32.load(pointer, offset + 4 * i), 'i32')] as const);
  return Object.fromEntries(entries) as Record<Name, Code>;
}

/** Numbers as float64 stand in memory, in two words each. */
export function wordsOf(...numbers: number[]): readonly number[] {
  return [...new Int32Array(Float64Array.from(numbers).buffer)];
}
