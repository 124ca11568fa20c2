import { plainReduceProgram } from '@gradus/backend';
import { type Code, f32x4, f64x2, i32, i32x4, type Local } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { FoldCode } from '../codegen/fold-code.ts';
import { OperandCode } from '../codegen/operands.ts';
import { choose, held, LANES, mapParts, type Value } from '../codegen/value.ts';
import type { KernelSource } from '../engine.ts';
import { exp32, exp64, log32, log64 } from '../math/index.ts';

/**
 * Softmax, or its logarithm, of contiguous lines [from, to): operand 0 gives output operand 1, whose first steps lead from line
 * to line; the third parameter is a line's length.
 */
export function softmaxKernel(dtype: 'float32' | 'float64', log: boolean): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new SoftmaxWriter(emitter, dtype, log).write(),
  };
}

class SoftmaxWriter {
  readonly #emitter: Emitter;
  readonly #log: boolean;
  readonly #kind: 'f32' | 'f64';
  readonly #input: OperandCode;
  readonly #output: OperandCode;
  readonly #max: FoldCode;
  readonly #sum: FoldCode;
  readonly #lanes: Code;

  constructor(emitter: Emitter, dtype: 'float32' | 'float64', log: boolean) {
    this.#emitter = emitter;
    this.#log = log;
    this.#kind = dtype === 'float32' ? 'f32' : 'f64';
    this.#input = new OperandCode(emitter, 0, dtype, 'unit');
    this.#output = new OperandCode(emitter, 1, dtype, 'unit');
    this.#max = new FoldCode(emitter, plainReduceProgram('max', dtype), false);
    this.#sum = new FoldCode(emitter, plainReduceProgram('sum', dtype), false);
    this.#lanes = emitter.fn.let(i32x4.lanes([0, 1, 2, 3]));
  }

  write(): void {
    const { fn } = this.#emitter;
    const line = fn.variable('i32', fn.param(0).get);
    const [input, output] = [this.#input, this.#output];
    for (const { address, rowStep } of [input, output]) fn.emit(address.increase(i32.mul(rowStep, line.get)));
    fn.while(i32.ltS(line.get, fn.param(1).get), () => {
      const starts = [input, output].map(({ address }) => fn.let(address.get, 'i32')) as [Code, Code];
      this.#line(starts);
      fn.emit(input.address.set(i32.add(starts[0], input.rowStep)));
      fn.emit(output.address.set(i32.add(starts[1], output.rowStep)));
      fn.emit(line.increase(i32.const(1)));
    });
  }

  #line([from, to]: readonly [Code, Code]): void {
    const rewind = (): void => this.#emitter.fn.emit(this.#input.address.set(from), this.#output.address.set(to));
    const highest = this.#highest();
    rewind();
    const total = this.#total(highest);
    rewind();
    const factor = held(this.#emitter, this.#log ? this.#logarithm(total) : total);
    this.#each((rest) => {
      const value = this.#log
        ? this.#difference(this.#difference(this.#input.load(), highest), factor)
        : mapParts(this.#kind, [this.#output.load(), factor], (a, b) => this.#arithmetic.div(a as Code, b as Code));
      this.#output.store(value, rest.get);
    });
  }

  #highest(): Value {
    const running = this.#max.declare();
    this.#max.reset(running, this.#lanes);
    this.#each((rest) => {
      this.#max.add(running, this.#inside(this.#input.load(), this.#max.initial, rest.get), this.#lanes);
    });
    this.#max.acrossLanes(running);
    return held(this.#emitter, this.#max.folded(running));
  }

  /** The sum of exp(x - highest); softmax keeps these in the output. */
  #total(highest: Value): Value {
    const running = this.#sum.declare();
    const total = this.#sum.declareTotal();
    this.#sum.resetTotal(total);
    this.#sum.reset(running, this.#lanes);
    this.#each((rest) => {
      const shifted = held(this.#emitter, this.#difference(this.#input.load(), highest));
      const value = held(
        this.#emitter,
        mapParts(this.#kind, [shifted], (part) => this.#exponential(part as Code)),
      );
      if (!this.#log) this.#output.store(value, rest.get);
      this.#sum.add(running, this.#inside(value, this.#sum.initial, rest.get), this.#lanes);
      this.#sum.endBlock(total, running);
    });
    return this.#sum.totalAcrossLanes(total);
  }

  /** Walks the line, four elements after four; `rest` is what is left. */
  #each(body: (rest: Local) => void): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', fn.param(2).get);
    fn.while(i32.gtS(rest.get, i32.const(0)), () => {
      body(rest);
      this.#input.advance(LANES);
      this.#output.advance(LANES);
      fn.emit(rest.increase(i32.const(-LANES)));
    });
  }

  /** The value, with `neutral` in lanes beyond the line's end. */
  #inside(value: Value, neutral: Value, rest: Code): Value {
    const mask = this.#emitter.fn.let(i32x4.gtS(i32x4.splat(rest), this.#lanes));
    return choose(mask, value, neutral);
  }

  get #arithmetic(): typeof f32x4 | typeof f64x2 {
    return this.#kind === 'f32' ? f32x4 : f64x2;
  }

  #difference(a: Value, b: Value): Value {
    return mapParts(this.#kind, [a, b], (x, y) => this.#arithmetic.sub(x as Code, y as Code));
  }

  #exponential(part: Code): Code {
    return this.#kind === 'f32' ? exp32(this.#emitter, part) : exp64(this.#emitter, part);
  }

  #logarithm(value: Value): Value {
    const log = this.#kind === 'f32' ? log32 : log64;
    return mapParts(this.#kind, [value], (part) => log(this.#emitter, part as Code));
  }
}
