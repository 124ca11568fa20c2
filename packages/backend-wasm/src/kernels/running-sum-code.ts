import { type Code, f64x2, i32, type Local, v128 } from '../assembler/index.ts';
import { demote, promote } from '../codegen/convert.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { OperandCode } from '../codegen/operands.ts';
import { LANES } from '../codegen/value.ts';
import type { KernelSource } from '../engine.ts';

/** The low half of the first vector, and of the second one behind it. */
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
/** The high half, twice. */
const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/**
 * Running sums of float32 lines [from, to) whose elements are neighbours, as `scanKernel` has them, but four elements of a line at
 * once: their own running sums don't wait for what came before. In float64, where the order of additions makes no difference
 * that float32 could show.
 */
export function runningSumKernel(): KernelSource {
  return { params: ['i32', 'i32', 'i32'], write: writeRunningSum };
}

function writeRunningSum(emitter: Emitter): void {
  const { fn } = emitter;
  const [from, to, length] = [0, 1, 2].map((k) => fn.param(k)) as [Local, Local, Local];
  const operands = [0, 1].map((k) => new OperandCode(emitter, k, 'float32', 'strided')) as [OperandCode, OperandCode];
  for (const { address, columnStep } of operands) fn.emit(address.increase(i32.mul(columnStep, from.get)));
  fn.while(i32.ltS(from.get, to.get), () => {
    writeLine(emitter, operands, length.get);
    for (const { address, columnStep } of operands) fn.emit(address.increase(columnStep));
    fn.emit(from.increase(i32.const(1)));
  });
}

function writeLine(emitter: Emitter, operands: readonly [OperandCode, OperandCode], length: Code): void {
  const { fn } = emitter;
  const [input, output] = operands.map(({ address }) => fn.variable('i32', address.get)) as [Local, Local];
  const rest = fn.variable('i32', length);
  // -0 is neutral for every number: the first sum is the first element, -0 included.
  const carry = fn.variable('v128', fn.f64(-0));
  const advance = (count: number): void => {
    for (const pointer of [input, output]) fn.emit(pointer.increase(i32.const(4 * count)));
    fn.emit(rest.increase(i32.const(-count)));
  };
  fn.while(i32.leS(i32.const(LANES), rest.get), () => {
    const pairs = promote(emitter, v128.load(input.get)).parts.map((part) => {
      const pair = fn.let(part);
      return fn.let(f64x2.add(pair, v128.shuffle(fn.f64(-0), pair, LOW_HALVES)));
    }) as [Code, Code];
    const all = fn.let(f64x2.add(pairs[1], v128.shuffle(pairs[0], pairs[0], HIGH_HALF)));
    const sums = [pairs[0], all].map((part) => fn.let(f64x2.add(part, carry.get))) as [Code, Code];
    fn.emit(v128.store(output.get, demote(sums)), carry.set(v128.shuffle(sums[1], sums[1], HIGH_HALF)));
    advance(LANES);
  });
  fn.while(rest.get, () => {
    const [value] = promote(emitter, v128.load32Splat(input.get)).parts as [Code];
    fn.emit(carry.set(f64x2.add(carry.get, value)));
    fn.emit(v128.store32Lane(output.get, demote([carry.get, carry.get]), 0));
    advance(1);
  });
}
