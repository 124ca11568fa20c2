import { type DType, isFloat, itemSize } from '@gradus/storage';
import { type Code, f32x4, f64, f64x2, i32, i32x4, i64x2, type Local, select, v128, when } from '../assembler/index.ts';
import { loadSplat } from '../codegen/access.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { type ItemSize, moveElement } from '../codegen/move.ts';
import { OperandCode } from '../codegen/operands.ts';
import type { KernelSource } from '../engine.ts';
import { namedParameters, ownOfThread } from '../matmul/parameters.ts';

/** Digits of a key, a byte each, and the values of one. */
const RADIX = 256;

/** Bytes of one digit's counts. */
const COUNTS = 4 * RADIX;

/** Lines of up to so many elements per digit are sorted by insertion. */
const SHORT = 10;

/** Parameters: a range of lines, their length, and where the threads' own rooms begin and how large each is. */
const PARAMETERS = ['from', 'to', 'length', 'own', 'ownBytes'] as const;

/** What a thread needs beside a line: twice its records, its elements as they are stored, and counts of all digits. */
export function sortRoom(dtype: DType, length: number): number {
  const { bytes, digits } = recordOf(dtype);
  const unaligned = 2 * length * bytes + length * itemSize(dtype) + digits * COUNTS;
  return Math.ceil(unaligned / 64) * 64;
}

interface RecordShape {
  /** Words of the key, the lowest first; the index of the element follows. */
  readonly words: 1 | 2;
  readonly bytes: 8 | 16;
  readonly digits: 4 | 8;
}

function recordOf(dtype: DType): RecordShape {
  return dtype === 'float64' ? { words: 2, bytes: 16, digits: 8 } : { words: 1, bytes: 8, digits: 4 };
}

/**
 * Sorts lines [from, to), stable: operands are the input, the values and the indices, whose first steps lead along a line, the
 * second to the next one. Elements become keys whose unsigned order is theirs, with NaN above all, and those are sorted digit by
 * digit from the lowest (radix sort), or by insertion where there are few.
 */
export function sortKernel(dtype: DType, descending: boolean): KernelSource {
  return {
    params: PARAMETERS.map(() => 'i32'),
    write: (emitter) => new SortWriter(emitter, dtype, descending).write(),
  };
}

class SortWriter {
  readonly #emitter: Emitter;
  readonly #dtype: DType;
  readonly #descending: boolean;
  readonly #record: RecordShape;
  readonly #p: Readonly<Record<(typeof PARAMETERS)[number], Local>>;
  readonly #input: OperandCode;
  readonly #outputs: readonly OperandCode[];
  /** Where records are, and where the next pass puts them. */
  readonly #records: Local;
  readonly #spare: Local;
  readonly #end: Code;
  readonly #stored: Code;
  readonly #counts: Code;

  constructor(emitter: Emitter, dtype: DType, descending: boolean) {
    const { fn } = emitter;
    this.#emitter = emitter;
    this.#dtype = dtype;
    this.#descending = descending;
    this.#record = recordOf(dtype);
    this.#p = namedParameters(fn, PARAMETERS);
    const [input, values, indices] = [dtype, dtype, 'int32' as const].map(
      (type, k) => new OperandCode(emitter, k, type, 'strided'),
    ) as [OperandCode, OperandCode, OperandCode];
    this.#input = input;
    this.#outputs = [values, indices];
    const bytes = fn.let(i32.mul(this.#p.length.get, i32.const(this.#record.bytes)), 'i32');
    this.#records = fn.variable('i32', ownOfThread(this.#p.own.get, this.#p.ownBytes.get));
    this.#spare = fn.variable('i32', i32.add(this.#records.get, bytes));
    this.#counts = fn.let(i32.add(this.#spare.get, bytes), 'i32');
    this.#stored = fn.let(i32.add(this.#counts, i32.const(this.#record.digits * COUNTS)), 'i32');
    this.#end = bytes;
  }

  write(): void {
    const { fn } = this.#emitter;
    const { from, to, length } = this.#p;
    const operands = [this.#input, ...this.#outputs];
    for (const { address, columnStep } of operands) fn.emit(address.increase(i32.mul(columnStep, from.get)));
    fn.while(i32.ltS(from.get, to.get), () => {
      const starts = operands.map(({ address }) => fn.let(address.get, 'i32'));
      this.#makeRecords();
      const byDigits = fn.collect(() => this.#sortByDigits());
      const byInsertion = fn.collect(() => this.#sortByInsertion());
      fn.emit(when(i32.gtS(length.get, i32.const(SHORT * this.#record.digits)), byDigits, byInsertion));
      this.#writeResults();
      operands.forEach(({ address, columnStep }, k) => {
        fn.emit(address.set(i32.add(starts[k] as Code, columnStep)));
      });
      fn.emit(from.increase(i32.const(1)));
    });
  }

  /** Keys with their places, and the elements' bits, which the values may be written over. */
  #makeRecords(): void {
    const { fn } = this.#emitter;
    const size = itemSize(this.#dtype) as ItemSize;
    const record = fn.variable('i32', this.#records.get);
    const stored = fn.variable('i32', this.#stored);
    const place = fn.variable('i32', i32.const(0));
    fn.while(i32.ltS(place.get, this.#p.length.get), () => {
      const { address, rowStep } = this.#input;
      fn.emit(moveElement(size, stored.get, address.get));
      this.#key(address.get).forEach((word, w) => {
        fn.emit(i32.store(record.get, this.#descending ? i32.xor(word, i32.const(-1)) : word, 4 * w));
      });
      fn.emit(i32.store(record.get, place.get, 4 * this.#record.words));
      fn.emit(record.increase(i32.const(this.#record.bytes)), stored.increase(i32.const(size)));
      fn.emit(address.increase(rowStep), place.increase(i32.const(1)));
    });
  }

  /** Words of a number, the lowest first, whose unsigned order is that of the elements: -0 is 0, and NaN the largest. */
  #key(address: Code): readonly Code[] {
    const { fn } = this.#emitter;
    const [x] = loadSplat(this.#emitter, this.#dtype, address).parts as [Code];
    if (!isFloat(this.#dtype)) {
      const word = i32x4.extract(this.#dtype === 'bool' ? v128.and(x, fn.i32(1)) : x, 0);
      const isSigned = this.#dtype === 'int32' || this.#dtype === 'int8';
      return [isSigned ? i32.xor(word, i32.const(0x80000000)) : word];
    }
    const isWide = this.#record.words === 2;
    const [add, ne] = isWide ? [f64x2.add, f64x2.ne] : [f32x4.add, f32x4.ne];
    const number = fn.let(add(x, isWide ? fn.f64(0) : fn.f32(0)));
    const sign = isWide ? i64x2.shrS(number, i32.const(63)) : i32x4.shrS(number, i32.const(31));
    const flip = v128.or(sign, isWide ? fn.f64(-0) : fn.i32(0x80000000));
    const key = fn.let(v128.or(v128.xor(number, flip), ne(number, number)));
    return Array.from({ length: this.#record.words }, (_, w) => fn.let(i32x4.extract(key, w), 'i32'));
  }

  #sortByDigits(): void {
    this.#countDigits();
    for (let digit = 0; digit < this.#record.digits; digit++) this.#pass(digit);
  }

  #digitOf(record: Code, digit: number): Code {
    return i32.load8U(record, digit);
  }

  /** Where the count of a digit's value stands. */
  #countAt(digit: number, value: Code): Code {
    return i32.add(i32.add(this.#counts, i32.const(digit * COUNTS)), i32.shl(value, i32.const(2)));
  }

  #eachRecord(body: (record: Code) => void): void {
    const { fn } = this.#emitter;
    const record = fn.variable('i32', this.#records.get);
    const end = fn.let(i32.add(this.#records.get, this.#end), 'i32');
    fn.while(i32.ltU(record.get, end), () => {
      body(record.get);
      fn.emit(record.increase(i32.const(this.#record.bytes)));
    });
  }

  #countDigits(): void {
    const { fn } = this.#emitter;
    const at = fn.variable('i32', this.#counts);
    fn.while(i32.ltU(at.get, this.#stored), () => {
      fn.emit(v128.store(at.get, fn.i32(0)), at.increase(i32.const(16)));
    });
    this.#eachRecord((record) => {
      for (let digit = 0; digit < this.#record.digits; digit++) {
        const place = fn.let(this.#countAt(digit, this.#digitOf(record, digit)), 'i32');
        fn.emit(i32.store(place, i32.add(i32.load(place), i32.const(1))));
      }
    });
  }

  /** Moves all records to the order of one digit; nothing to do where they agree in it. */
  #pass(digit: number): void {
    const { fn } = this.#emitter;
    const first = i32.load(this.#countAt(digit, this.#digitOf(this.#records.get, digit)));
    const move = fn.collect(() => {
      this.#placesOf(digit);
      this.#eachRecord((record) => {
        const count = fn.let(this.#countAt(digit, this.#digitOf(record, digit)), 'i32');
        const to = fn.let(i32.load(count), 'i32');
        fn.emit(this.#moveRecord(to, record), i32.store(count, i32.add(to, i32.const(this.#record.bytes))));
      });
      const records = fn.let(this.#records.get, 'i32');
      fn.emit(this.#records.set(this.#spare.get), this.#spare.set(records));
    });
    fn.emit(when(i32.ltS(first, this.#p.length.get), move));
  }

  /** Turns the counts of a digit's values into the places where their records begin. */
  #placesOf(digit: number): void {
    const { fn } = this.#emitter;
    const count = fn.variable('i32', this.#countAt(digit, i32.const(0)));
    const end = fn.let(i32.add(count.get, i32.const(COUNTS)), 'i32');
    const place = fn.variable('i32', this.#spare.get);
    fn.while(i32.ltU(count.get, end), () => {
      const bytes = fn.let(i32.mul(i32.load(count.get), i32.const(this.#record.bytes)), 'i32');
      fn.emit(i32.store(count.get, place.get), place.increase(bytes), count.increase(i32.const(4)));
    });
  }

  #moveRecord(to: Code, from: Code): Code {
    return this.#record.bytes === 16 ? v128.store(to, v128.load(from)) : f64.store(to, f64.load(from));
  }

  /** Each record sinks below those that are larger; the spare room's first place holds it meanwhile. */
  #sortByInsertion(): void {
    const { fn } = this.#emitter;
    const { bytes } = this.#record;
    const next = fn.variable('i32', i32.add(this.#records.get, i32.const(bytes)));
    const end = fn.let(i32.add(this.#records.get, this.#end), 'i32');
    const hole = fn.local('i32');
    const sinks = fn.local('i32');
    const before = i32.sub(hole.get, i32.const(bytes));
    fn.while(i32.ltU(next.get, end), () => {
      fn.emit(this.#moveRecord(this.#spare.get, next.get), hole.set(next.get));
      const look = (): void => {
        const isLarger = fn.collect(() => fn.emit(sinks.set(this.#isLarger(before, this.#spare.get))));
        fn.emit(sinks.set(i32.const(0)), when(i32.gtU(hole.get, this.#records.get), isLarger));
      };
      look();
      fn.while(sinks.get, () => {
        fn.emit(this.#moveRecord(hole.get, before), hole.set(before));
        look();
      });
      fn.emit(this.#moveRecord(hole.get, this.#spare.get), next.increase(i32.const(bytes)));
    });
  }

  #isLarger(a: Code, b: Code): Code {
    const low = i32.gtU(i32.load(a), i32.load(b));
    if (this.#record.words === 1) return low;
    const [high, other] = [i32.load(a, 4), i32.load(b, 4)];
    return select(low, i32.gtU(high, other), i32.eq(high, other));
  }

  #writeResults(): void {
    const { fn } = this.#emitter;
    const size = itemSize(this.#dtype) as ItemSize;
    const [values, indices] = this.#outputs as [OperandCode, OperandCode];
    this.#eachRecord((record) => {
      const place = fn.let(i32.load(record, 4 * this.#record.words), 'i32');
      fn.emit(moveElement(size, values.address.get, i32.add(this.#stored, i32.mul(place, i32.const(size)))));
      fn.emit(i32.store(indices.address.get, place));
      for (const { address, rowStep } of this.#outputs) fn.emit(address.increase(rowStep));
    });
  }
}
