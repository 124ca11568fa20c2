import { type Code, i32, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { FloatType } from '../codegen/line-code.ts';
import type { KernelSource } from '../engine.ts';
import {
  type AttentionFields,
  attentionFields,
  type MaskKind,
  ownFields,
  ownOf,
  ScoreCode,
} from './attention-score-code.ts';
import { Plan } from './plan.ts';

const forwardOperands = ['query', 'key', 'value', 'mask', 'output', 'logSumExp'] as const;

const forwardFields = ['outputRow', 'valuePanels'] as const;

type ForwardField = keyof AttentionFields | (typeof forwardFields)[number];

export const forwardPlan: Plan<ForwardField, (typeof forwardOperands)[number]> = new Plan(
  [...attentionFields, ...forwardFields],
  forwardOperands,
);

/**
 * Attention of the items [from, to) of a plan, whose address is the third parameter: block after block of queries, whose scores
 * never leave the cache. Elements of a row are neighbours. Its module has the functions of `blockCallSources`.
 */
export function attentionKernel(type: FloatType, mask: MaskKind, tileRows: number): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new AttentionWriter(emitter, type, mask, tileRows).write(),
  };
}

type Item = ReturnType<typeof forwardPlan.loadItem>;

class AttentionWriter {
  readonly #emitter: Emitter;
  readonly #p: ReturnType<typeof forwardPlan.load>;
  readonly #scores: ScoreCode;

  constructor(emitter: Emitter, type: FloatType, mask: MaskKind, tileRows: number) {
    const { fn } = emitter;
    const plan = fn.param(2).get;
    this.#emitter = emitter;
    this.#p = ownOf(fn, forwardPlan.load(fn, plan), [...ownFields, 'valuePanels']);
    this.#scores = new ScoreCode(emitter, this.#p, forwardPlan.addressOf(plan, 'scale'), { type, mask, tileRows });
  }

  write(): void {
    const { fn } = this.#emitter;
    const p = this.#p;
    const size = i32.const(this.#scores.line.size);
    const item = fn.variable('i32', fn.param(0).get);
    fn.while(i32.ltS(item.get, fn.param(1).get), () => {
      const at = forwardPlan.loadItem(fn, fn.param(2).get, item.get);
      fn.emit(this.#scores.product.packColumns(at.key, p.keyRow, size, p.keys, p.features, p.keyPanels));
      fn.emit(this.#scores.product.packColumns(at.value, size, p.valueRow, p.width, p.keys, p.valuePanels));
      const row = fn.variable('i32', i32.const(0));
      fn.while(i32.ltS(row.get, p.queries), () => {
        const height = this.#scores.heightAt(row.get);
        this.#block(at, row.get, height);
        fn.emit(row.increase(height));
      });
      fn.emit(item.increase(i32.const(1)));
    });
  }

  #block(at: Item, row: Code, height: Code): void {
    const { fn } = this.#emitter;
    const p = this.#p;
    const reach = this.#scores.reach(i32.add(row, height));
    const queries = this.#scores.rows(i32.add(at.query, i32.mul(row, p.queryRow)), p.queryRow);
    fn.emit(this.#scores.multiply(queries, p.keyPanels, p.features, p.scores, height, reach));
    this.#scores.eachRow(row, height, at.mask, (r, query, limit, mask) => {
      const scores = fn.let(i32.add(p.scores, i32.mul(r, p.scoreRow)), 'i32');
      const logSumExp = this.#softmax(scores, limit, mask);
      this.#scores.clear(scores, limit, reach);
      fn.emit(this.#scores.line.storeFirst(i32.add(at.logSumExp, i32.mul(query, p.logSumExpRow)), logSumExp));
    });
    const bytes = this.#scores.product.type.columns * this.#scores.line.size;
    const values = [p.valuePanels, i32.mul(p.keys, i32.const(bytes)), i32.const(bytes)] as const;
    const weights = this.#scores.rows(p.scores, p.scoreRow);
    const output = [
      i32.add(at.output, i32.mul(row, p.outputRow)),
      p.outputRow,
      i32.const(this.#scores.line.size),
    ] as const;
    fn.emit(this.#scores.product.multiply(weights, values, output, [height, p.width, reach], i32.const(0)));
  }

  /** Scores become weights; gives the logarithm of the sum of their exponentials. */
  #softmax(scores: Code, limit: Code, mask: Code): Code {
    const { fn } = this.#emitter;
    const line = this.#scores.line;
    const { lanes } = line;
    const extreme = fn.variable('v128', line.constant(Number.NEGATIVE_INFINITY));
    line.walk(limit, (at, inside) => {
      const score = fn.let(this.#scores.masked(scores, mask, at, inside));
      // NaN aside: that one shows in the sum.
      fn.emit(v128.store(i32.add(scores, at), score), extreme.set(lanes.pmax(extreme.get, score)));
    });
    const highest = line.across(lanes.pmax, extreme.get);
    const sum = fn.variable('v128', line.constant(0));
    line.walk(limit, (at) => {
      const weight = fn.let(line.exp(lanes.sub(v128.load(i32.add(scores, at)), highest)));
      fn.emit(v128.store(i32.add(scores, at), weight), sum.set(lanes.add(sum.get, weight)));
    });
    const total = line.across(lanes.add, sum.get);
    const factor = fn.let(lanes.div(line.constant(1), total));
    line.walk(limit, (at) => {
      const address = i32.add(scores, at);
      fn.emit(v128.store(address, lanes.mul(v128.load(address), factor)));
    });
    return lanes.add(highest, line.log(total));
  }
}
