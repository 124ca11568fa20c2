import { type Code, type FunctionBuilder, i32, select, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { type FloatType, LineCode } from '../codegen/line-code.ts';
import { BlockCalls, type LeftFactor } from '../matmul/block-calls.ts';
import { ownOfThread, smaller } from '../matmul/parameters.ts';

export type MaskKind = 'none' | 'bool' | 'float';

/** What the code depends on. */
export interface AttentionForm {
  readonly type: FloatType;
  readonly mask: MaskKind;
  readonly tileRows: number;
}

/** Queries whose scores are in memory at once: a multiple of every tile's rows. */
export const BLOCK_ROWS = 24;

/** Numbers that forward and backward need: sizes, strides from row to row in bytes, and working memory. */
export const attentionFields = [
  'queries',
  'keys',
  'features',
  'width',
  'causal',
  'queryRow',
  'keyRow',
  'valueRow',
  'logSumExpRow',
  'maskRow',
  /** A float64, in two words. */
  'scale',
  'scaleRest',
  'scoreRow',
  /** Bytes of working memory that every thread has; addresses are the first one's. */
  'ownBytes',
  /** The keys as columns of a right factor. */
  'keyPanels',
  'scores',
] as const;

/** Which of them are addresses in a thread's working memory. */
export const ownFields = ['keyPanels', 'scores'] as const;

export type AttentionFields = Readonly<Record<(typeof attentionFields)[number], Code>>;

/** The numbers of a plan with the addresses of the running thread's working memory. */
export function ownOf<Fields extends AttentionFields>(
  fn: FunctionBuilder,
  fields: Fields,
  names: readonly (keyof Fields)[],
): Fields {
  const own = names.map((name) => [name, fn.let(ownOfThread(fields[name] as Code, fields.ownBytes), 'i32')]);
  return { ...fields, ...Object.fromEntries(own) };
}

/** Scores of a block of queries, as forward and backward make them. */
export class ScoreCode {
  readonly blockRows: number = BLOCK_ROWS;
  readonly product: BlockCalls;
  readonly line: LineCode;
  readonly scale: Code;
  readonly #emitter: Emitter;
  readonly #p: AttentionFields;
  readonly #mask: MaskKind;

  constructor(emitter: Emitter, p: AttentionFields, scale: Code, { type, mask, tileRows }: AttentionForm) {
    this.#emitter = emitter;
    this.#p = p;
    this.#mask = mask;
    this.product = new BlockCalls(emitter, type, tileRows);
    this.line = new LineCode(emitter, type);
    this.scale = emitter.fn.let(this.line.number(scale));
  }

  /** Rows of a block that begins at a row. */
  heightAt(row: Code): Code {
    const { fn } = this.#emitter;
    return fn.let(smaller(i32.const(BLOCK_ROWS), fn.let(i32.sub(this.#p.queries, row), 'i32')), 'i32');
  }

  /** Keys that come before a query's successor, or all. */
  reach(end: Code): Code {
    const { fn } = this.#emitter;
    const { causal, keys } = this.#p;
    return fn.let(select(smaller(keys, fn.let(end, 'i32')), keys, causal), 'i32');
  }

  /** Rows of a matrix against the keys' columns: up to `reach` and to the end of a panel. */
  multiply(a: LeftFactor, panels: Code, depth: Code, into: Code, height: Code, reach: Code): Code {
    const { size, columns } = this.product.type;
    const panel = i32.mul(depth, i32.const(columns * size));
    const padded = i32.and(i32.add(reach, i32.const(columns - 1)), i32.const(-columns));
    const target = [into, this.#p.scoreRow, i32.const(size)] as const;
    const sizes = [height, padded, depth] as const;
    return this.product.multiply(a, [panels, panel, i32.const(columns * size)], target, sizes, i32.const(0));
  }

  /** Rows in memory as a left factor. */
  rows(pointer: Code, row: Code): LeftFactor {
    const { type, tileRows } = this.product;
    return [pointer, row, i32.mul(row, i32.const(tileRows)), i32.const(type.size)];
  }

  /** The same, transposed. */
  columns(pointer: Code, row: Code): LeftFactor {
    const { type, tileRows } = this.product;
    return [pointer, i32.const(type.size), i32.const(type.size * tileRows), row];
  }

  /**
   * Visits the rows of a block: `body` is given the row's number in the block, its query, how many keys it sees, and where its mask
   * begins.
   */
  eachRow(
    first: Code,
    height: Code,
    mask: Code,
    body: (row: Code, query: Code, limit: Code, mask: Code) => void,
  ): void {
    const { fn } = this.#emitter;
    const row = fn.variable('i32', i32.const(0));
    fn.while(i32.ltS(row.get, height), () => {
      const query = fn.let(i32.add(first, row.get), 'i32');
      const limit = this.reach(i32.add(query, i32.const(1)));
      const seen = fn.let(i32.add(mask, i32.mul(query, this.#p.maskRow)), 'i32');
      body(row.get, query, limit, seen);
      fn.emit(row.increase(i32.const(1)));
    });
  }

  /** A vector of scores, scaled and masked; -Infinity outside of the row. */
  masked(scores: Code, mask: Code, at: Code, inside: Code | null): Code {
    const { lanes } = this.line;
    const lowest = this.line.constant(Number.NEGATIVE_INFINITY);
    const scaled = lanes.mul(v128.load(i32.add(scores, at)), this.scale);
    const seen = this.#seen(scaled, mask, at, lowest);
    return inside === null ? seen : v128.bitselect(seen, lowest, inside);
  }

  #seen(scores: Code, mask: Code, at: Code, lowest: Code): Code {
    if (this.#mask === 'none') return scores;
    if (this.#mask === 'float') return this.line.lanes.add(scores, v128.load(i32.add(mask, at)));
    // Truth values take four bytes, whatever the scores do.
    const offset = this.line.size === 4 ? at : i32.shrU(at, i32.const(1));
    return v128.bitselect(scores, lowest, this.line.truths(i32.add(mask, offset)));
  }

  /** Puts zeros behind what a row sees, up to what its block reaches. */
  clear(row: Code, limit: Code, reach: Code): void {
    const { fn } = this.#emitter;
    const { size } = this.line;
    const padded = i32.and(i32.add(limit, i32.const(16 / size - 1)), i32.const(-16 / size));
    const at = fn.variable('i32', i32.add(row, i32.mul(padded, i32.const(size))));
    const end = fn.let(i32.add(row, i32.mul(reach, i32.const(size))), 'i32');
    fn.while(i32.ltS(at.get, end), () => {
      fn.emit(v128.store(at.get, this.line.constant(0)), at.increase(i32.const(16)));
    });
  }
}
