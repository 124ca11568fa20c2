import type { AttentionBackwardKernel, AttentionKernel, Backend, View } from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import type { FloatType } from '../codegen/line-code.ts';
import type { Engine, KernelSource } from '../engine.ts';
import { blockCallSources, panelBytes } from '../matmul/block-calls.ts';
import { tileRowsOf } from '../matmul/gemm.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { hasUnitSteps, withArranged } from './arranged.ts';
import { attentionBackwardKernel, backwardPlan } from './attention-backward-code.ts';
import { attentionKernel, forwardPlan } from './attention-code.ts';
import { type AttentionFields, BLOCK_ROWS, type MaskKind } from './attention-score-code.ts';
import { itemsOf } from './items.ts';
import { type Plan, wordsOf } from './plan.ts';

type SourceOf = (type: FloatType, mask: MaskKind, tileRows: number) => KernelSource;

/** So few queries don't make up for rearranging so many keys. */
const [FEW_QUERIES, MANY_KEYS] = [4, 64];

/** Nanoseconds of a multiplication and an addition, and of half of what a score takes beside. */
const [STEP_COST, SCORE_COST] = [0.04, 0.8];

/** Attention and its gradients of float32 and float64: one call for a whole batch. */
export class AttentionRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;

  constructor(backend: Backend, engine: Engine, allocator: Allocator) {
    this.#backend = backend;
    this.#engine = engine;
    this.#allocator = allocator;
  }

  /** Runs the kernel, or answers false for what is left to the decomposition: narrower floats, few queries for many keys. */
  forward({ query, key, value, mask, outputs, scale, causal }: AttentionKernel): boolean {
    const type = floatTypeOf(query);
    if (type === null || (size(query, -2) < FEW_QUERIES && size(key, -2) > MANY_KEYS)) return false;
    const [output, logSumExp] = outputs;
    const inputs = { query, key, value, mask: mask ?? query };
    withArranged(this.#backend, hasUnitSteps, inputs, { output, logSumExp }, (views) => {
      const loop = this.#loopFor('forward', attentionKernel, type, maskKindOf(mask));
      this.#run(loop, forwardPlan, views, 2 * costOf(query, value), (room) => ({
        ...commonFields(type, { scale, causal }, views, room),
        outputRow: rowStep(views.output),
        valuePanels: room.take(panelBytes(type, size(value, -1), size(value, -2))),
      }));
    });
    return true;
  }

  /** The same for the gradients; that of a mask is left to the decomposition too. */
  backward({ outputs, ...kernel }: AttentionBackwardKernel): boolean {
    const { query, key, value, mask, gradient, logSumExp, scale, causal } = kernel;
    const type = floatTypeOf(query);
    const [ofQuery, ofKey, ofValue, ofMask] = outputs;
    if (type === null || ofMask !== undefined) return false;
    const inputs = { query, key, value, mask: mask ?? query, gradient, logSumExp };
    withArranged(this.#backend, hasUnitSteps, inputs, { ofQuery, ofKey, ofValue }, (views) => {
      const loop = this.#loopFor('backward', attentionBackwardKernel, type, maskKindOf(mask));
      const [queries, features] = [size(query, -2), size(query, -1)];
      const [keys, width] = [size(value, -2), size(value, -1)];
      this.#run(loop, backwardPlan, views, 5 * costOf(query, value), (room) => ({
        ...commonFields(type, { scale, causal }, views, room),
        gradientRow: rowStep(views.gradient),
        ofQueryRow: rowStep(views.ofQuery),
        ofKeyRow: rowStep(views.ofKey),
        ofValueRow: rowStep(views.ofValue),
        valuePanels: room.take(panelBytes(type, keys, width)),
        keyRowPanels: room.take(panelBytes(type, features, keys)),
        queryPanels: room.take(panelBytes(type, features, BLOCK_ROWS)),
        gradientPanels: room.take(panelBytes(type, width, BLOCK_ROWS)),
        ofScores: room.take(panelBytes(type, keys, BLOCK_ROWS)),
        lastBlock: Math.floor((queries - 1) / BLOCK_ROWS) * BLOCK_ROWS,
      }));
    });
    return true;
  }

  #run<Field extends string, Operand extends string>(
    loop: RangeKernel,
    plan: Plan<Field, Operand>,
    views: Readonly<Record<Operand, View>>,
    cost: number,
    fieldsOf: (room: Room) => Readonly<Record<Field, number>>,
  ): void {
    const { addresses, count } = itemsOf(plan.operands.map((name) => views[name]));
    const own = new Room(0, 0);
    fieldsOf(own);
    const table = own.end * this.#engine.threads;
    this.#allocator.lend(table + plan.byteLength(count), (pointer) => {
      const fields = fieldsOf(new Room(pointer, own.end));
      const words = this.#engine.memory.array('int32') as Int32Array;
      plan.write(words, pointer + table, fields, addresses);
      this.#engine.parallel(loop, { total: count, cost }, pointer + table);
    });
  }

  #loopFor(name: 'forward' | 'backward', sourceOf: SourceOf, type: FloatType, mask: MaskKind): RangeKernel {
    return this.#engine.kernel(name, ['attention', type, mask], () => {
      const tileRows = tileRowsOf(this.#engine);
      return { ...blockCallSources(type, tileRows), [name]: sourceOf(type, mask, tileRows) };
    });
  }
}

/** A thread's working memory, piece after piece. */
class Room {
  end: number;
  /** What every thread has. */
  readonly ownBytes: number;

  constructor(start: number, ownBytes: number) {
    this.end = start;
    this.ownBytes = ownBytes;
  }

  /** The address of so many bytes. */
  take(bytes: number): number {
    const start = this.end;
    this.end += bytes;
    return start;
  }
}

type Inputs = Readonly<Record<'query' | 'key' | 'value' | 'mask' | 'logSumExp', View>>;

function commonFields(
  type: FloatType,
  { scale, causal }: Pick<AttentionKernel, 'scale' | 'causal'>,
  { query, key, value, mask, logSumExp }: Inputs,
  room: Room,
): Record<keyof AttentionFields, number> {
  const [keys, features] = [size(key, -2), size(key, -1)];
  const [low, high] = wordsOf(scale) as [number, number];
  return {
    queries: size(query, -2),
    keys,
    features,
    width: size(value, -1),
    causal: Number(causal),
    queryRow: rowStep(query),
    keyRow: rowStep(key),
    valueRow: rowStep(value),
    logSumExpRow: rowStep(logSumExp),
    maskRow: rowStep(mask),
    scale: low,
    scaleRest: high,
    ownBytes: room.ownBytes,
    keyPanels: room.take(panelBytes(type, keys, features)),
    scores: room.take(panelBytes(type, keys, BLOCK_ROWS)),
    scoreRow: panelBytes(type, keys, 1),
  };
}

/** Nanoseconds of a product of queries with keys, and of what is done with their scores. */
function costOf(query: View, value: View): number {
  const width = Math.max(size(query, -1), size(value, -1));
  return size(query, -2) * size(value, -2) * (width * STEP_COST + SCORE_COST);
}

function floatTypeOf({ dtype }: View): FloatType | null {
  return dtype === 'float32' || dtype === 'float64' ? dtype : null;
}

function maskKindOf(mask: View | null): MaskKind {
  if (mask === null) return 'none';
  return mask.dtype === 'bool' ? 'bool' : 'float';
}

function size({ layout }: View, axis: number): number {
  return layout.shape.at(axis) as number;
}

/** Bytes from row to row. */
function rowStep({ layout, dtype }: View): number {
  return (layout.strides.at(-2) as number) * itemSize(dtype);
}
