import { type Code, i32, v128, when } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { type FloatType, LineCode, type TotalCode } from '../codegen/line-code.ts';
import type { KernelSource } from '../engine.ts';
import { Plan } from './plan.ts';

/** What weight and bias differ by: the elements of a row, the rows, or there are none. */
export type AffineKind = 'none' | 'element' | 'row';

export interface NormalizationForm {
  readonly type: FloatType;
  readonly centred: boolean;
  readonly weight: AffineKind;
  readonly bias: boolean;
}

const fields = [
  /** A row is so many pieces of `length` neighbours. */
  'pieces',
  'length',
  /** Bytes from piece to piece; rows follow each other within. */
  'pieceStep',
  /** Rows after which weights that differ by rows begin anew. */
  'period',
  /** eps and 1 / elements of a row, as float64. */
  'eps',
  'epsRest',
  'share',
  'shareRest',
] as const;

const operands = ['input', 'output', 'variance', 'mean', 'weight', 'bias', 'gradient', 'ofWeight', 'ofBias'] as const;

export const normalizationPlan: Plan<(typeof fields)[number], (typeof operands)[number]> = new Plan(fields, operands);

/** Normalizes the rows [from, to) of a plan's only item; the plan's address is the third parameter. */
export function normalizationKernel(form: NormalizationForm): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new NormalizationWriter(emitter, form).forward(),
  };
}

/**
 * The input's gradients of rows [from, to), in `output`; where weights differ by rows and don't repeat, also those of weight and
 * bias, whose addresses are not 0.
 */
export function normalizationBackwardKernel(form: NormalizationForm): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new NormalizationWriter(emitter, form).backward(),
  };
}

type Item = ReturnType<typeof normalizationPlan.loadItem>;

/** What is the same for all elements of a row. */
interface Row {
  readonly mean: Code | null;
  /** sqrt(variance + eps): divided by, which rounds once where a factor would twice. */
  readonly deviation: Code;
  /** Where weights differ by rows. */
  readonly weight: Code | null;
  readonly bias: Code | null;
}

class NormalizationWriter {
  readonly #emitter: Emitter;
  readonly #form: NormalizationForm;
  readonly #line: LineCode;
  readonly #p: ReturnType<typeof normalizationPlan.load>;
  readonly #at: Item;
  readonly #eps: Code;
  readonly #share: Code;

  constructor(emitter: Emitter, form: NormalizationForm) {
    const { fn } = emitter;
    const plan = fn.param(2).get;
    this.#emitter = emitter;
    this.#form = form;
    this.#line = new LineCode(emitter, form.type);
    this.#p = normalizationPlan.load(fn, plan);
    this.#at = normalizationPlan.loadItem(fn, plan, i32.const(0));
    this.#eps = fn.let(this.#line.number(normalizationPlan.addressOf(plan, 'eps')));
    this.#share = fn.let(v128.load64Splat(normalizationPlan.addressOf(plan, 'share')));
  }

  /** Two passes for mean and variance, so that nothing cancels; the third writes the result. */
  forward(): void {
    this.#eachRow((row, start) => {
      const input = this.#address('input', start);
      const mean = this.#form.centred ? this.#average((x) => x, input) : null;
      const variance = this.#average((x) => this.#squared(x, mean), input);
      if (mean !== null) this.#storeStatistic('mean', row, mean);
      this.#storeStatistic('variance', row, variance);
      this.#write(input, this.#address('output', start), this.#rowOf(row, mean, variance));
    });
  }

  #squared(x: Code, mean: Code | null): Code {
    const away = this.#emitter.fn.let(this.#centred(x, mean));
    return this.#line.lanes.mul(away, away);
  }

  #write(input: Code, output: Code, row: Row): void {
    const { fn } = this.#emitter;
    this.#walk((at, inside) => {
      const standard = fn.let(this.#standard(v128.load(i32.add(input, at)), row));
      const weight = this.#parameter('weight', row.weight, at);
      const bias = this.#parameter('bias', row.bias, at);
      const scaled = weight === null ? standard : this.#line.lanes.mul(standard, weight);
      const result = weight === null || bias === null ? scaled : this.#line.madd(standard, weight, bias);
      this.#line.store(i32.add(output, at), result, inside);
    });
  }

  backward(): void {
    const { fn } = this.#emitter;
    const { lanes } = this.#line;
    this.#eachRow((index, start) => {
      const [input, gradient] = [this.#address('input', start), this.#address('gradient', start)];
      const mean = this.#form.centred ? fn.let(this.#line.splat(this.#statistic('mean', index))) : null;
      const row = this.#rowOf(index, mean, fn.let(this.#line.splat(this.#statistic('variance', index))));
      const [levels, projections] = [this.#line.total(), this.#line.total()];
      this.#walk(
        (at, inside) => {
          const h = fn.let(this.#line.within(this.#weighted(v128.load(i32.add(gradient, at)), at), inside));
          levels.add(h);
          projections.add(this.#line.within(lanes.mul(h, this.#standard(v128.load(i32.add(input, at)), row)), inside));
        },
        [levels, projections],
      );
      this.#storeParameter('ofWeight', index, projections);
      this.#storeParameter('ofBias', index, levels);
      const scaled = (total: TotalCode): Code => {
        const average = total.times(this.#share);
        return row.weight === null ? average : fn.let(lanes.mul(average, row.weight));
      };
      const [level, projection] = [this.#form.centred ? scaled(levels) : null, scaled(projections)];
      const output = this.#address('output', start);
      this.#walk((at, inside) => {
        const g = this.#weighted(v128.load(i32.add(gradient, at)), at);
        const h = row.weight === null ? g : lanes.mul(g, row.weight);
        const away = level === null ? h : lanes.sub(h, level);
        const along = lanes.mul(this.#standard(v128.load(i32.add(input, at)), row), projection);
        this.#line.store(i32.add(output, at), lanes.div(lanes.sub(away, along), row.deviation), inside);
      });
    });
  }

  /** A gradient times a weight that differs by elements. */
  #weighted(gradient: Code, at: Code): Code {
    const weight = this.#parameter('weight', null, at);
    return weight === null ? gradient : this.#line.lanes.mul(gradient, weight);
  }

  #centred(x: Code, mean: Code | null): Code {
    return mean === null ? x : this.#line.lanes.sub(x, mean);
  }

  #standard(x: Code, { mean, deviation }: Row): Code {
    return this.#line.lanes.div(this.#centred(x, mean), deviation);
  }

  #rowOf(row: Code, mean: Code | null, variance: Code): Row {
    const { fn } = this.#emitter;
    const { lanes } = this.#line;
    const differsByRow = this.#form.weight === 'row';
    const index = differsByRow ? fn.let(i32.mul(i32.remU(row, this.#p.period), i32.const(this.#line.size)), 'i32') : [];
    const of = (name: 'weight' | 'bias'): Code => fn.let(this.#line.splat(i32.add(this.#at[name], index)));
    return {
      mean,
      deviation: fn.let(lanes.sqrt(lanes.add(variance, this.#eps))),
      weight: differsByRow ? of('weight') : null,
      bias: differsByRow && this.#form.bias ? of('bias') : null,
    };
  }

  /** Weight or bias at a place in the row; null where there is none. */
  #parameter(name: 'weight' | 'bias', ofRow: Code | null, at: Code): Code | null {
    if (ofRow !== null || this.#form.weight !== 'element') return ofRow;
    if (name === 'bias' && !this.#form.bias) return null;
    return v128.load(i32.add(this.#at[name], at));
  }

  #storeParameter(name: 'ofWeight' | 'ofBias', row: Code, total: TotalCode): void {
    if (this.#form.weight !== 'row') return;
    const { fn } = this.#emitter;
    const address = i32.add(this.#at[name], i32.mul(row, i32.const(this.#line.size)));
    fn.emit(when(this.#at[name], this.#line.storeFirst(address, total.times(fn.f64(1)))));
  }

  #statistic(name: 'mean' | 'variance', row: Code): Code {
    return i32.add(this.#at[name], i32.mul(row, i32.const(this.#line.size)));
  }

  #storeStatistic(name: 'mean' | 'variance', row: Code, value: Code): void {
    this.#emitter.fn.emit(this.#line.storeFirst(this.#statistic(name, row), value));
  }

  #address(name: 'input' | 'output' | 'gradient', start: Code): Code {
    return this.#emitter.fn.let(i32.add(this.#at[name], start), 'i32');
  }

  /** Visits the rows, with the distance of their starts from the first one's. */
  #eachRow(body: (row: Code, start: Code) => void): void {
    const { fn } = this.#emitter;
    const row = fn.variable('i32', fn.param(0).get);
    const step = fn.let(i32.mul(this.#p.length, i32.const(this.#line.size)), 'i32');
    fn.while(i32.ltS(row.get, fn.param(1).get), () => {
      body(row.get, fn.let(i32.mul(row.get, step), 'i32'));
      fn.emit(row.increase(i32.const(1)));
    });
  }

  /** The average of what a row's elements give. */
  #average(of: (x: Code) => Code, input: Code): Code {
    const total = this.#line.total();
    this.#walk(
      (at, inside) => {
        total.add(this.#line.within(of(v128.load(i32.add(input, at))), inside));
      },
      [total],
    );
    return total.times(this.#share);
  }

  /** Walks a row, piece after piece. */
  #walk(body: (at: Code, inside: Code | null) => void, sums: readonly TotalCode[] = []): void {
    const { fn } = this.#emitter;
    const { pieces, pieceStep, length } = this.#p;
    const [piece, start] = [fn.variable('i32', i32.const(0)), fn.variable('i32', i32.const(0))];
    fn.while(i32.ltS(piece.get, pieces), () => {
      this.#line.walkRuns(length, (at, inside) => body(fn.let(i32.add(start.get, at), 'i32'), inside), sums);
      fn.emit(start.increase(pieceStep), piece.increase(i32.const(1)));
    });
  }
}
