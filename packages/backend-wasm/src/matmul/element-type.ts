import type { DType } from '@gradus/storage';
import { type Code, f32x4, f64x2, i32x4, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';

/** Element types that products are computed in. */
export type ElementType = 'float32' | 'float64' | 'int32';

/** Vectors that a tile is wide. */
export const TILE_VECTORS = 2;

/** What the code of a product needs to know of its elements. */
export interface ElementCode {
  readonly size: number;
  /** Elements per vector. */
  readonly lanes: number;
  /** Columns of a tile. */
  readonly columns: number;
  splat(address: Code, offset?: number): Code;
  /** The first lane, with zeros behind. */
  loadFirst(address: Code): Code;
  loadLane(address: Code, into: Code, lane: number): Code;
  storeLane(address: Code, value: Code, lane: number, offset?: number): Code;
  multiplyAdd(emitter: Emitter, a: Code, b: Code, sum: Code): Code;
  add(a: Code, b: Code): Code;
}

const words = {
  size: 4,
  lanes: 4,
  columns: 4 * TILE_VECTORS,
  splat: v128.load32Splat,
  loadFirst: v128.load32Zero,
  loadLane: v128.load32Lane,
  storeLane: v128.store32Lane,
};

export const elementCodes: Readonly<Record<ElementType, ElementCode>> = {
  float32: { ...words, multiplyAdd: (emitter, a, b, sum) => emitter.madd32(a, b, sum), add: f32x4.add },
  int32: { ...words, multiplyAdd: (_, a, b, sum) => i32x4.add(i32x4.mul(a, b), sum), add: i32x4.add },
  float64: {
    size: 8,
    lanes: 2,
    columns: 2 * TILE_VECTORS,
    splat: v128.load64Splat,
    loadFirst: v128.load64Zero,
    loadLane: v128.load64Lane,
    storeLane: v128.store64Lane,
    multiplyAdd: (emitter, a, b, sum) => emitter.madd64(a, b, sum),
    add: f64x2.add,
  },
};

/** The type that a dtype's products are computed in. */
export function elementTypeOf(dtype: DType): ElementType {
  if (dtype === 'float64') return 'float64';
  return dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' ? 'float32' : 'int32';
}
