import type { ReduceProgram } from '@gradus/backend';
import { type DType, isIntegral } from '@gradus/storage';
import { type Code, i32, i32x4, type Local, select, when } from '../assembler/index.ts';
import type { KernelSource } from '../engine.ts';
import { wrapped } from './convert.ts';
import { ElementCode } from './element.ts';
import type { Emitter } from './emitter.ts';
import { type Accumulator, FoldCode } from './fold-code.ts';
import { eachBlock, OperandCode, type Step, uniformValue } from './operands.ts';
import { choose, LANES, type Value, vector } from './value.ts';

/**
 * Along which elements the vectors lie. `inner`: along the folded elements. `outer`: along the results, which is right
 * where the inputs are contiguous along these.
 */
export type ReduceForm = 'inner' | 'outer';

/** Elements whose sum is kept in the body's own type before it joins the total, per lane. */
const BLOCK = 32;

/** Bodies up to this many nodes are written four times, with four accumulators. */
const MAX_UNROLLED = 12;

/** How a program's inputs lie, and what it gives. */
export interface ReduceShape {
  readonly form: ReduceForm;
  /** The inputs' steps along the vectors' lanes. */
  readonly steps: readonly Step[];
  readonly withIndices: boolean;
  /** Whether the range is one of blocks, with a table of their addresses, not one of results. */
  readonly inBlocks: boolean;
}

/**
 * A program over results [from, to) of a line. Operands are the inputs, the output, and the indices if any; an
 * operand's second step is that of the vectors' lanes, an input's first the other one: to the next result's elements, or to
 * the next of the `depth` elements of a run. `runs` has the start of each
 * of the `rows` runs, in bytes, one per input. Over blocks, the table and the number of a block's results come last.
 */
export function reduceKernel(program: ReduceProgram, shape: ReduceShape): KernelSource {
  const count = shape.inBlocks ? 7 : 5;
  return {
    params: Array.from({ length: count }, () => 'i32'),
    write: (emitter) => new ReduceWriter(emitter, program, shape).write(),
  };
}

class ReduceWriter {
  readonly #emitter: Emitter;
  readonly #program: ReduceProgram;
  readonly #form: ReduceForm;
  readonly #inBlocks: boolean;
  readonly #inputs: readonly OperandCode[];
  readonly #results: readonly OperandCode[];
  readonly #fold: FoldCode;
  readonly #body: ElementCode;
  readonly #finish: ElementCode;
  readonly #lanes: Code;
  #folded: Value;

  constructor(emitter: Emitter, program: ReduceProgram, { form, steps, withIndices, inBlocks }: ReduceShape) {
    const { fn } = emitter;
    this.#inBlocks = inBlocks;
    this.#emitter = emitter;
    this.#program = program;
    this.#form = form;
    this.#inputs = program.inputs.map((dtype, k) => new OperandCode(emitter, k, dtype, steps[k] as Step));
    const results: readonly DType[] = withIndices ? [program.finish.dtype, 'int32'] : [program.finish.dtype];
    const count = program.inputs.length;
    this.#results = results.map((dtype, r) => new OperandCode(emitter, count + r, dtype, 'strided'));
    this.#fold = new FoldCode(emitter, program, withIndices);
    this.#folded = this.#fold.initial;
    this.#lanes = fn.let(i32x4.lanes([0, 1, 2, 3]));
    const uniform = (u: number): Value =>
      uniformValue(emitter, count + results.length, u, program.uniforms[u] as DType);
    const inputLevel = (): 2 => 2;
    const input = (k: number): Value => (this.#inputs[k] as OperandCode).load();
    this.#body = new ElementCode(emitter, [program.body], { input, inputLevel, uniform });
    this.#finish = new ElementCode(emitter, [program.finish], { input: () => this.#folded, inputLevel, uniform });
  }

  write(): void {
    const { fn } = this.#emitter;
    this.#body.emit(0);
    this.#finish.emit(0);
    const [from, to] = [fn.param(0), fn.param(1)];
    if (!this.#inBlocks) this.#line(from.get, to.get);
    else {
      const [table, count] = [fn.param(5), fn.param(6)];
      const operands = [...this.#inputs, ...this.#results];
      eachBlock(this.#emitter, [from, to, table], operands, () => this.#line(i32.const(0), count.get));
    }
  }

  #line(from: Code, to: Code): void {
    const { fn } = this.#emitter;
    for (const operand of this.#inputs) fn.emit(operand.address.increase(i32.mul(this.#keptStep(operand), from)));
    for (const { address, columnStep } of this.#results) fn.emit(address.increase(i32.mul(columnStep, from)));
    const rest = fn.variable('i32', i32.sub(to, from));
    const strip = this.#copies;
    if (this.#form === 'inner') this.#strip(rest, i32.const(1), 1, () => this.#foldRuns());
    else {
      if (strip > 1) this.#strip(rest, i32.const(strip * LANES), strip * LANES, () => this.#foldColumns(rest, strip));
      this.#strip(rest, i32.const(1), LANES, () => this.#foldColumns(rest, 1));
    }
  }

  /** Bytes from one result's elements to the next one's. */
  #keptStep({ rowStep, columnStep }: OperandCode): Code {
    return this.#form === 'inner' ? rowStep : columnStep;
  }

  /** How often a small body is written, for as many accumulators. */
  get #copies(): number {
    return this.#body.size <= MAX_UNROLLED ? 4 : 1;
  }

  /** Repeats `body` while at least `least` results are left, and moves on by `count`. */
  #strip(rest: Local, least: Code, count: number, body: () => void): void {
    const { fn } = this.#emitter;
    fn.while(i32.leS(least, rest.get), () => {
      const starts = this.#inputs.map(({ address }) => fn.let(address.get, 'i32'));
      body();
      this.#inputs.forEach((operand, k) => {
        const moved = i32.mul(this.#keptStep(operand), i32.const(count));
        fn.emit(operand.address.set(i32.add(starts[k] as Code, moved)));
      });
      fn.emit(rest.increase(i32.const(-count)));
    });
  }

  /** Repeats `body` for every run, its start added to the inputs' addresses. */
  #eachRun(body: () => void): void {
    const { fn } = this.#emitter;
    const run = fn.variable('i32', fn.param(2).get);
    const row = fn.variable('i32', fn.param(3).get);
    const starts = this.#inputs.map(({ address }) => fn.let(address.get, 'i32'));
    fn.while(i32.gtS(row.get, i32.const(0)), () => {
      this.#inputs.forEach(({ address }, k) => {
        fn.emit(address.set(i32.add(starts[k] as Code, i32.load(run.get, 4 * k))));
      });
      body();
      fn.emit(run.increase(i32.const(4 * this.#inputs.length)), row.increase(i32.const(-1)));
    });
  }

  /** One result: its runs, four elements after four. */
  #foldRuns(): void {
    const { fn } = this.#emitter;
    const fold = this.#fold;
    const accumulators = Array.from({ length: this.#copies }, () => fold.declare());
    const [first] = accumulators as [Accumulator];
    const total = fold.declareTotal();
    fold.resetTotal(total);
    for (const accumulator of accumulators) fold.reset(accumulator, this.#lanes);
    const place = fn.variable('v128', this.#lanes);
    const depth = fn.param(4).get;
    this.#eachRun(() => {
      const rest = fn.variable('i32', depth);
      for (const operand of this.#inputs) operand.resetLanes();
      const wide = accumulators.length * LANES;
      fn.while(i32.gtS(rest.get, i32.const(0)), () => {
        const isLong = i32.gtS(rest.get, i32.const(BLOCK * wide));
        const end = fold.isBlocked
          ? i32.sub(rest.get, select(i32.const(BLOCK * wide), rest.get, isLong))
          : i32.const(0);
        const blockEnd = fn.let(end, 'i32');
        fn.while(i32.leS(i32.add(blockEnd, i32.const(wide)), rest.get), () => {
          for (const accumulator of accumulators) this.#foldInner(accumulator, place, rest, null);
        });
        fn.while(i32.gtS(rest.get, blockEnd), () => this.#foldInner(first, place, rest, rest.get));
        if (fold.isBlocked) for (const accumulator of accumulators) fold.endBlock(total, accumulator);
      });
      // A short last vector went beyond the run.
      if (fold.isIndexed) fn.emit(place.set(i32x4.add(place.get, i32x4.splat(rest.get))));
    });
    if (fold.isBlocked) this.#folded = fold.totalAcrossLanes(total);
    else {
      for (const other of accumulators.slice(1)) fold.merge(first, other);
      fold.acrossLanes(first);
      this.#folded = fold.folded(first);
    }
    this.#store(first, i32.const(1));
  }

  /** Folds the next four elements; with a `limit`, only as many as it says. */
  #foldInner(accumulator: Accumulator, place: Local, rest: Local, limit: Code | null): void {
    const { fn } = this.#emitter;
    if (limit !== null) {
      for (const operand of this.#inputs) fn.emit(operand.limitLanes(limit));
    }
    this.#body.emit(2);
    let value = this.#body.valueOf(this.#program.body);
    if (limit !== null) {
      const isInside = fn.let(i32x4.gtS(i32x4.splat(limit), this.#lanes));
      value = choose(isInside, value, this.#fold.initial);
    }
    this.#fold.add(accumulator, value, place.get);
    for (const operand of this.#inputs) operand.advance(LANES);
    if (this.#fold.isIndexed) fn.emit(place.set(i32x4.add(place.get, fn.i32(LANES))));
    fn.emit(rest.increase(i32.const(-LANES)));
  }

  /** `strip` times four results at once: element after element of all of them. */
  #foldColumns(rest: Local, strip: number): void {
    const { fn } = this.#emitter;
    const fold = this.#fold;
    const accumulators = Array.from({ length: strip }, () => fold.declare());
    const totals = accumulators.map(() => fold.declareTotal());
    for (const total of totals) fold.resetTotal(total);
    for (const accumulator of accumulators) fold.reset(accumulator, fn.i32(0));
    const place = fn.variable('v128', fn.i32(0));
    for (const operand of this.#inputs) {
      operand.resetLanes();
      fn.emit(operand.limitLanes(rest.get));
    }
    const inBlock = fn.variable('i32', i32.const(BLOCK));
    this.#eachRun(() => {
      const left = fn.variable('i32', fn.param(4).get);
      fn.while(i32.gtS(left.get, i32.const(0)), () => {
        const starts = this.#inputs.map(({ address }) => fn.let(address.get, 'i32'));
        for (const accumulator of accumulators) {
          this.#body.emit(2);
          fold.add(accumulator, this.#body.valueOf(this.#program.body), place.get);
          for (const operand of this.#inputs) operand.advance(LANES);
        }
        this.#inputs.forEach(({ address, rowStep }, k) => {
          fn.emit(address.set(i32.add(starts[k] as Code, rowStep)));
        });
        if (fold.isIndexed) fn.emit(place.set(i32x4.add(place.get, fn.i32(1))));
        fn.emit(left.increase(i32.const(-1)));
        if (fold.isBlocked) this.#countBlock(inBlock, totals, accumulators);
      });
    });
    accumulators.forEach((accumulator, i) => {
      if (fold.isBlocked) fold.endBlock(totals[i] as readonly Local[], accumulator);
      this.#folded = fold.isBlocked ? fold.totals(totals[i] as readonly Local[]) : fold.folded(accumulator);
      this.#store(accumulator, rest.get);
    });
  }

  #countBlock(left: Local, totals: readonly (readonly Local[])[], accumulators: readonly Accumulator[]): void {
    const { fn } = this.#emitter;
    const end = fn.collect(() => {
      for (const [i, total] of totals.entries()) this.#fold.endBlock(total, accumulators[i] as Accumulator);
      fn.emit(left.set(i32.const(BLOCK)));
    });
    fn.emit(left.increase(i32.const(-1)), when(i32.eqz(left.get), end));
  }

  /** The last step of the next results, as many as `count` says, and their store. */
  #store(accumulator: Accumulator, count: Code): void {
    const { fn } = this.#emitter;
    const { body, fold } = this.#program;
    if (isIntegral(body.dtype) && (fold === 'sum' || fold === 'prod')) {
      this.#folded = wrapped(this.#emitter, this.#folded, body.dtype);
    }
    this.#finish.emit(2);
    const values = [this.#finish.valueOf(this.#program.finish), vector('i32', accumulator.place?.get ?? fn.i32(0))];
    const advance = this.#form === 'inner' ? 1 : LANES;
    this.#results.forEach((operand, r) => {
      operand.store(values[r] as Value, count);
      fn.emit(operand.address.increase(i32.mul(operand.columnStep, i32.const(advance))));
    });
  }
}
