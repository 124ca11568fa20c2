import { type Code, i32, type Local, select, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { FloatType } from '../codegen/line-code.ts';
import type { KernelSource } from '../engine.ts';
import type { LeftFactor, RightFactor } from '../matmul/block-calls.ts';
import {
  type AttentionFields,
  attentionFields,
  type MaskKind,
  ownFields,
  ownOf,
  ScoreCode,
} from './attention-score-code.ts';
import { Plan } from './plan.ts';

const backwardFields = [
  'gradientRow',
  'ofQueryRow',
  'ofKeyRow',
  'ofValueRow',
  /** The values as columns, and the keys as rows of right factors. */
  'valuePanels',
  'keyRowPanels',
  /** Of a block: its queries and their gradients as rows of right factors, and the gradients of its scores. */
  'queryPanels',
  'gradientPanels',
  'ofScores',
  /** The first query of the last block. */
  'lastBlock',
] as const;

const ownBackwardFields = ['valuePanels', 'keyRowPanels', 'queryPanels', 'gradientPanels', 'ofScores'] as const;

const backwardOperands = [
  'query',
  'key',
  'value',
  'mask',
  'logSumExp',
  'gradient',
  'ofQuery',
  'ofKey',
  'ofValue',
] as const;

type BackwardField = keyof AttentionFields | (typeof backwardFields)[number];

export const backwardPlan: Plan<BackwardField, (typeof backwardOperands)[number]> = new Plan(
  [...attentionFields, ...backwardFields],
  backwardOperands,
);

/** The gradients of attention, of items as `attentionKernel` has them. */
export function attentionBackwardKernel(type: FloatType, mask: MaskKind, tileRows: number): KernelSource {
  return {
    params: ['i32', 'i32', 'i32'],
    write: (emitter) => new BackwardWriter(emitter, type, mask, tileRows).write(),
  };
}

type Item = ReturnType<typeof backwardPlan.loadItem>;

class BackwardWriter {
  readonly #emitter: Emitter;
  readonly #p: ReturnType<typeof backwardPlan.load>;
  readonly #scores: ScoreCode;

  constructor(emitter: Emitter, type: FloatType, mask: MaskKind, tileRows: number) {
    const { fn } = emitter;
    const plan = fn.param(2).get;
    this.#emitter = emitter;
    this.#p = ownOf(fn, backwardPlan.load(fn, plan), [...ownFields, ...ownBackwardFields]);
    this.#scores = new ScoreCode(emitter, this.#p, backwardPlan.addressOf(plan, 'scale'), { type, mask, tileRows });
  }

  /** Later queries see more keys: from the last block on, so that the first to touch a key's gradient sets it. */
  write(): void {
    const { fn } = this.#emitter;
    const p = this.#p;
    const size = i32.const(this.#scores.line.size);
    const item = fn.variable('i32', fn.param(0).get);
    fn.while(i32.ltS(item.get, fn.param(1).get), () => {
      const at = backwardPlan.loadItem(fn, fn.param(2).get, item.get);
      fn.emit(this.#scores.product.packColumns(at.key, p.keyRow, size, p.keys, p.features, p.keyPanels));
      fn.emit(this.#scores.product.packColumns(at.value, p.valueRow, size, p.keys, p.width, p.valuePanels));
      fn.emit(this.#scores.product.packColumns(at.key, size, p.keyRow, p.features, p.keys, p.keyRowPanels));
      const row = fn.variable('i32', p.lastBlock);
      const accumulate = fn.variable('i32', i32.const(0));
      fn.while(i32.leS(i32.const(0), row.get), () => {
        this.#block(at, row.get, accumulate);
        fn.emit(row.increase(i32.const(-this.#scores.blockRows)), accumulate.set(i32.const(1)));
      });
      fn.emit(item.increase(i32.const(1)));
    });
  }

  #block(at: Item, row: Code, accumulate: Local): void {
    const { fn } = this.#emitter;
    const p = this.#p;
    const height = this.#scores.heightAt(row);
    const seen = this.#scores.reach(i32.add(row, height));
    const reach = fn.let(select(seen, p.keys, accumulate.get), 'i32');
    const [query, gradient] = [
      fn.let(i32.add(at.query, i32.mul(row, p.queryRow)), 'i32'),
      fn.let(i32.add(at.gradient, i32.mul(row, p.gradientRow)), 'i32'),
    ];
    const [queries, gradients] = [this.#scores.rows(query, p.queryRow), this.#scores.rows(gradient, p.gradientRow)];
    fn.emit(this.#scores.multiply(queries, p.keyPanels, p.features, p.scores, height, reach));
    fn.emit(this.#scores.multiply(gradients, p.valuePanels, p.width, p.ofScores, height, reach));
    this.#scores.eachRow(row, height, at.mask, (r, q, limit, mask) => {
      const scores = fn.let(i32.add(p.scores, i32.mul(r, p.scoreRow)), 'i32');
      const ofScores = fn.let(i32.add(p.ofScores, i32.mul(r, p.scoreRow)), 'i32');
      this.#row(scores, ofScores, limit, mask, this.#logSumExp(at, q));
      this.#scores.clear(scores, limit, reach);
      this.#scores.clear(ofScores, limit, reach);
    });
    this.#multiply(this.#scores.rows(p.ofScores, p.scoreRow), this.#panels(p.keyRowPanels, p.keys), [
      i32.add(at.ofQuery, i32.mul(row, p.ofQueryRow)),
      p.ofQueryRow,
      [height, p.features, reach],
      i32.const(0),
    ]);
    const size = i32.const(this.#scores.line.size);
    fn.emit(this.#scores.product.packColumns(query, size, p.queryRow, p.features, height, p.queryPanels));
    this.#multiply(this.#scores.columns(p.ofScores, p.scoreRow), this.#panels(p.queryPanels, height), [
      at.ofKey,
      p.ofKeyRow,
      [reach, p.features, height],
      accumulate.get,
    ]);
    fn.emit(this.#scores.product.packColumns(gradient, size, p.gradientRow, p.width, height, p.gradientPanels));
    this.#multiply(this.#scores.columns(p.scores, p.scoreRow), this.#panels(p.gradientPanels, height), [
      at.ofValue,
      p.ofValueRow,
      [reach, p.width, height],
      accumulate.get,
    ]);
  }

  #multiply(
    a: LeftFactor,
    b: RightFactor,
    [pointer, row, sizes, accumulate]: readonly [Code, Code, readonly [Code, Code, Code], Code],
  ): void {
    const target = [pointer, row, i32.const(this.#scores.line.size)] as const;
    this.#emitter.fn.emit(this.#scores.product.multiply(a, b, target, sizes, accumulate));
  }

  #panels(pointer: Code, depth: Code): RightFactor {
    const bytes = this.#scores.product.type.columns * this.#scores.line.size;
    return [pointer, i32.mul(depth, i32.const(bytes)), i32.const(bytes)];
  }

  #logSumExp(at: Item, query: Code): Code {
    const address = i32.add(at.logSumExp, i32.mul(query, this.#p.logSumExpRow));
    return this.#emitter.fn.let(this.#scores.line.splat(address));
  }

  /**
   * Scores become weights W, and the gradients D of weights those of scores, W (D - sum(W D)), times the scale. Weights are divided
   * by their sum, which the rounded logarithm makes differ from 1: gradients of scores add up to 0, and small errors in them would
   * be large in what the keys get.
   */
  #row(scores: Code, ofScores: Code, limit: Code, mask: Code, logSumExp: Code): void {
    const { fn } = this.#emitter;
    const line = this.#scores.line;
    const { lanes } = line;
    const sum = fn.variable('v128', line.constant(0));
    const products = fn.variable('v128', line.constant(0));
    line.walk(limit, (at, inside) => {
      const score = this.#scores.masked(scores, mask, at, inside);
      const weight = fn.let(line.exp(lanes.sub(score, logSumExp)));
      const product = lanes.mul(weight, v128.load(i32.add(ofScores, at)));
      fn.emit(v128.store(i32.add(scores, at), weight), sum.set(lanes.add(sum.get, weight)));
      fn.emit(products.set(lanes.add(products.get, line.within(product, inside))));
    });
    const factor = fn.let(lanes.div(line.constant(1), line.across(lanes.add, sum.get)));
    const level = fn.let(lanes.mul(line.across(lanes.add, products.get), factor));
    line.walk(limit, (at) => {
      const [score, ofScore] = [i32.add(scores, at), i32.add(ofScores, at)];
      const weight = fn.let(lanes.mul(v128.load(score), factor));
      const away = lanes.sub(v128.load(ofScore), level);
      fn.emit(v128.store(ofScore, lanes.mul(lanes.mul(weight, away), this.#scores.scale)), v128.store(score, weight));
    });
  }
}
