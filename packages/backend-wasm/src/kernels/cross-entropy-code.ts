import { type Code, i32, i32x4, select, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { type FloatType, LineCode } from '../codegen/line-code.ts';
import type { KernelSource } from '../engine.ts';
import { Plan } from './plan.ts';

export interface CrossEntropyForm {
  readonly type: FloatType;
  readonly weighted: boolean;
  readonly smoothed: boolean;
  /** Whether the loss is a mean. */
  readonly averaged: boolean;
}

const fields = [
  /** Classes: a row is so many neighbours. */
  'length',
  /** The target that doesn't count. */
  'ignored',
  /** Bytes from one row's gradient to the next one's. */
  'gradientStep',
  /** As float64: what a target counts for beside what every class does, what that is, and the sum of all weights. */
  'own',
  'ownRest',
  'each',
  'eachRest',
  'whole',
  'wholeRest',
] as const;

const operands = ['input', 'target', 'weight', 'losses', 'highest', 'sum', 'gradient', 'total', 'output'] as const;

export const crossEntropyPlan: Plan<(typeof fields)[number], (typeof operands)[number]> = new Plan(fields, operands);

/** The losses of rows [from, to), and what backward reads; the plan's address is the third parameter. */
export function crossEntropyKernel(form: CrossEntropyForm): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new CrossEntropyWriter(emitter, form).forward(),
  };
}

/** The gradients of the input's rows [from, to), in `output`. */
export function crossEntropyBackwardKernel(form: CrossEntropyForm): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new CrossEntropyWriter(emitter, form).backward(),
  };
}

/** What is known of a row before its elements are read. */
interface Row {
  readonly index: Code;
  /** Where its elements lie, from the first row's on. */
  readonly start: Code;
  /** The target's place within; the first one's where the row doesn't count. */
  readonly own: Code;
  /** All bits set where the row counts. */
  readonly counts: Code;
  /** The target's weight, or null for 1. */
  readonly weight: Code | null;
}

class CrossEntropyWriter {
  readonly #emitter: Emitter;
  readonly #form: CrossEntropyForm;
  readonly #line: LineCode;
  readonly #p: ReturnType<typeof crossEntropyPlan.load>;
  readonly #at: ReturnType<typeof crossEntropyPlan.loadItem>;
  readonly #own: Code;
  readonly #each: Code;
  readonly #whole: Code;

  constructor(emitter: Emitter, form: CrossEntropyForm) {
    const { fn } = emitter;
    const plan = fn.param(2).get;
    this.#emitter = emitter;
    this.#form = form;
    this.#line = new LineCode(emitter, form.type);
    this.#p = crossEntropyPlan.load(fn, plan);
    this.#at = crossEntropyPlan.loadItem(fn, plan, i32.const(0));
    const number = (name: (typeof fields)[number]): Code =>
      fn.let(this.#line.number(crossEntropyPlan.addressOf(plan, name)));
    [this.#own, this.#each, this.#whole] = [number('own'), number('each'), number('whole')];
  }

  /** The maximum keeps exp from overflowing: the loss is log(sum) + highest - the target's logit. */
  forward(): void {
    const { fn } = this.#emitter;
    const line = this.#line;
    const { add, sub, mul } = line.lanes;
    this.#eachRow((row) => {
      const input = fn.let(i32.add(this.#at.input, row.start), 'i32');
      const highest = this.#highest(input);
      const [exponentials, distances] = [line.total(), line.total()];
      line.walkRuns(
        this.#p.length,
        (at, inside) => {
          const away = fn.let(sub(v128.load(i32.add(input, at)), highest));
          exponentials.add(line.within(line.exp(away), inside));
          if (this.#form.smoothed) distances.add(line.within(this.#weighted(away, at), inside));
        },
        this.#form.smoothed ? [exponentials, distances] : [exponentials],
      );
      const sum = exponentials.times(fn.f64(1));
      const level = fn.let(line.log(sum));
      const own = add(sub(highest, line.splat(i32.add(input, row.own))), level);
      let loss = row.weight === null ? own : mul(own, row.weight);
      if (this.#form.smoothed) {
        const all = sub(mul(level, this.#whole), distances.times(fn.f64(1)));
        loss = add(mul(loss, this.#own), mul(all, this.#each));
      }
      this.#storeStatistic('losses', row, v128.and(loss, row.counts));
      this.#storeStatistic('highest', row, highest);
      this.#storeStatistic('sum', row, sum);
    });
  }

  #highest(input: Code): Code {
    const highest = this.#line.highest();
    this.#line.walk(this.#p.length, (at, inside) => highest.raise(v128.load(i32.add(input, at)), inside), [highest]);
    return highest.result();
  }

  /** Softmax times the row's shares, less each class's share. The target has one of its own beside what every class has. */
  backward(): void {
    const { fn } = this.#emitter;
    const line = this.#line;
    const { add, sub, mul, div } = line.lanes;
    this.#eachRow((row) => {
      const [input, output] = [
        fn.let(i32.add(this.#at.input, row.start), 'i32'),
        fn.let(i32.add(this.#at.output, row.start), 'i32'),
      ];
      const given = line.splat(i32.add(this.#at.gradient, i32.mul(row.index, this.#p.gradientStep)));
      const scale = fn.let(this.#form.averaged ? div(given, line.splat(this.#at.total)) : given);
      const own = fn.let(row.weight === null ? this.#own : mul(this.#own, row.weight));
      const highest = fn.let(line.splat(this.#statistic('highest', row)));
      const shares = add(own, mul(this.#each, this.#whole));
      const factor = fn.let(div(mul(scale, shares), line.splat(this.#statistic('sum', row))));
      const each = fn.let(mul(scale, this.#each));
      line.walkRuns(this.#p.length, (at, inside) => {
        const softmax = mul(line.exp(fn.let(sub(v128.load(i32.add(input, at)), highest))), factor);
        const value = this.#form.smoothed ? sub(softmax, this.#weighted(each, at)) : softmax;
        line.store(i32.add(output, at), v128.and(value, row.counts), inside);
      });
      const place = fn.let(i32.add(output, row.own), 'i32');
      fn.emit(line.storeFirst(place, sub(line.splat(place), v128.and(mul(scale, own), row.counts))));
    });
  }

  /** A value times the weights of the classes at a place in the row. */
  #weighted(value: Code, at: Code): Code {
    return this.#form.weighted ? this.#line.lanes.mul(value, v128.load(i32.add(this.#at.weight, at))) : value;
  }

  #statistic(name: 'losses' | 'highest' | 'sum', { index }: Row): Code {
    return i32.add(this.#at[name], i32.mul(index, i32.const(this.#line.size)));
  }

  #storeStatistic(name: 'losses' | 'highest' | 'sum', row: Row, value: Code): void {
    this.#emitter.fn.emit(this.#line.storeFirst(this.#statistic(name, row), value));
  }

  #eachRow(body: (row: Row) => void): void {
    const { fn } = this.#emitter;
    const { length, ignored } = this.#p;
    const size = i32.const(this.#line.size);
    const index = fn.variable('i32', fn.param(0).get);
    fn.while(i32.ltS(index.get, fn.param(1).get), () => {
      const target = fn.let(i32.load(i32.add(this.#at.target, i32.mul(index.get, i32.const(4)))), 'i32');
      const isIgnored = fn.let(i32.eq(target, ignored), 'i32');
      const own = fn.let(i32.mul(select(i32.const(0), target, isIgnored), size), 'i32');
      body({
        index: index.get,
        start: fn.let(i32.mul(i32.mul(index.get, length), size), 'i32'),
        own,
        counts: fn.let(i32x4.splat(i32.sub(isIgnored, i32.const(1)))),
        weight: this.#form.weighted ? fn.let(this.#line.splat(i32.add(this.#at.weight, own))) : null,
      });
      fn.emit(index.increase(i32.const(1)));
    });
  }
}
