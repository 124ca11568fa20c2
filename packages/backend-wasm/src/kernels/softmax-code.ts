import { plainReduceProgram } from '@gradus/backend';
import { type Code, i32, i32x4, type Local } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { FoldCode } from '../codegen/fold-code.ts';
import { OperandCode } from '../codegen/operands.ts';
import {
  choose,
  constantValue,
  floatLanes,
  held,
  LANES,
  mapParts,
  swapHalves,
  swapPairs,
  type Value,
} from '../codegen/value.ts';
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
  readonly #sum: FoldCode;
  readonly #lanes: Code;

  constructor(emitter: Emitter, dtype: 'float32' | 'float64', log: boolean) {
    this.#emitter = emitter;
    this.#log = log;
    this.#kind = dtype === 'float32' ? 'f32' : 'f64';
    this.#input = new OperandCode(emitter, 0, dtype, 'unit');
    this.#output = new OperandCode(emitter, 1, dtype, 'unit');
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
    this.#each((_, rest) => {
      const value = this.#log
        ? this.#both(this.#both(this.#input.load(), highest, 'sub'), factor, 'sub')
        : this.#both(this.#output.load(), factor, 'div');
      this.#output.store(value, rest.get);
    });
  }

  /** The largest element, NaN aside: that one shows in the sum. */
  #highest(): Value {
    const { fn } = this.#emitter;
    const neutral = constantValue(this.#emitter, this.#kind, Number.NEGATIVE_INFINITY);
    const running = neutral.parts.map((part) => fn.variable('v128', part));
    const highest: Value = { kind: this.#kind, parts: running.map((local) => local.get) };
    const raise = (by: Value): void => {
      const raised = held(this.#emitter, this.#both(highest, by, 'pmax'));
      running.forEach((local, i) => {
        fn.emit(local.set(raised.parts[i] as Code));
      });
    };
    this.#each((inside) => raise(inside(this.#input.load(), neutral)));
    raise(swapHalves(highest));
    raise(swapPairs(highest));
    return highest;
  }

  /** The sum of exp(x - highest); softmax keeps these in the output. */
  #total(highest: Value): Value {
    const running = this.#sum.declare();
    const total = this.#sum.declareTotal();
    this.#sum.resetTotal(total);
    this.#sum.reset(running, this.#lanes);
    this.#each((inside, rest) => {
      const shifted = held(this.#emitter, this.#both(this.#input.load(), highest, 'sub'));
      const value = held(
        this.#emitter,
        mapParts(this.#kind, [shifted], (part) => this.#exponential(part as Code)),
      );
      if (!this.#log) this.#output.store(value, rest.get);
      this.#sum.add(running, inside(value, this.#sum.initial), this.#lanes);
      this.#sum.endBlock(total, running);
    });
    return this.#sum.totalAcrossLanes(total);
  }

  /**
   * Walks the line, four elements after four; `rest` is what is left. `inside` puts a neutral value into lanes beyond the line's
   * end, which only the last vector has.
   */
  #each(body: (inside: (value: Value, neutral: Value) => Value, rest: Local) => void): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', fn.param(2).get);
    const advance = (): void => {
      this.#input.advance(LANES);
      this.#output.advance(LANES);
      fn.emit(rest.increase(i32.const(-LANES)));
    };
    fn.while(i32.leS(i32.const(LANES), rest.get), () => {
      body((value) => value, rest);
      advance();
    });
    fn.while(i32.gtS(rest.get, i32.const(0)), () => {
      const mask = fn.let(i32x4.gtS(i32x4.splat(rest.get), this.#lanes));
      body((value, neutral) => choose(mask, value, neutral), rest);
      advance();
    });
  }

  #both(a: Value, b: Value, op: 'sub' | 'div' | 'pmax'): Value {
    const lanes = floatLanes[this.#kind];
    return mapParts(this.#kind, [a, b], (x, y) => lanes[op](x as Code, y as Code));
  }

  #exponential(part: Code): Code {
    return this.#kind === 'f32' ? exp32(this.#emitter, part) : exp64(this.#emitter, part);
  }

  #logarithm(value: Value): Value {
    const log = this.#kind === 'f32' ? log32 : log64;
    return mapParts(this.#kind, [value], (part) => log(this.#emitter, part as Code));
  }
}
