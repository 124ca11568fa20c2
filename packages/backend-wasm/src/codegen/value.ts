import type { DType } from '@gradus/storage';
import { type Code, f32x4, f64x2, i32x4, i64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from './emitter.ts';

/** How four elements are held while they are computed: f64 in two vectors, everything else in one; mask is 0 or -1. */
export type Kind = 'f32' | 'f64' | 'i32' | 'mask';

/** Four elements of one kind. */
export interface Value {
  readonly kind: Kind;
  readonly parts: readonly Code[];
}

export const LANES = 4;

export function kindOf(dtype: DType): Kind {
  switch (dtype) {
    case 'float64':
      return 'f64';
    case 'float32':
    case 'float16':
    case 'bfloat16':
      return 'f32';
    case 'bool':
      return 'mask';
    default:
      return 'i32';
  }
}

/** Instructions that both floating-point kinds have. */
type FloatLanes = typeof f32x4 | typeof f64x2;

/** The kind's instructions on floating-point vectors. */
export const floatLanes: Readonly<Record<'f32' | 'f64', FloatLanes>> = { f32: f32x4, f64: f64x2 };

export function vector(kind: Exclude<Kind, 'f64'>, code: Code): Value {
  return { kind, parts: [code] };
}

export function mapParts(kind: Kind, values: readonly Value[], body: (...parts: Code[]) => Code): Value {
  const [first] = values as [Value];
  return { kind, parts: first.parts.map((_, i) => body(...values.map((value) => value.parts[i] as Code))) };
}

/** One number in all lanes. */
export function constantValue({ fn }: Emitter, kind: Kind, value: number): Value {
  if (kind === 'f32') return vector('f32', fn.f32(value));
  if (kind === 'f64') return { kind, parts: [fn.f64(value), fn.f64(value)] };
  return kind === 'mask' ? vector('mask', fn.i32(value === 0 ? 0 : -1)) : vector('i32', fn.i32(value | 0));
}

/** Holds a value's parts in locals. */
export function held({ fn }: Emitter, value: Value): Value {
  return { kind: value.kind, parts: value.parts.map((part) => fn.let(part)) };
}

/** A mask of four lanes as the masks of two vectors of two. */
function wideMask(mask: Code): readonly [Code, Code] {
  return [i64x2.extendLowI32x4S(mask), i64x2.extendHighI32x4S(mask)];
}

const EVEN_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** The masks of two vectors of two as one of four lanes. */
export function narrowMask([low, high]: readonly Code[]): Code {
  return v128.shuffle(low as Code, high as Code, EVEN_WORDS);
}

/** Lanes of the first value where the mask (of four lanes) is set, of the second elsewhere. */
export function choose(mask: Code, a: Value, b: Value): Value {
  const masks = a.kind === 'f64' ? wideMask(mask) : [mask];
  return {
    kind: a.kind,
    parts: a.parts.map((part, i) => v128.bitselect(part, b.parts[i] as Code, masks[i] as Code)),
  };
}

type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

const signedOf = { eq: 'eq', ne: 'ne', lt: 'ltS', le: 'leS', gt: 'gtS', ge: 'geS' } as const;
const unsignedOf = { eq: 'eq', ne: 'ne', lt: 'ltU', le: 'leU', gt: 'gtU', ge: 'geU' } as const;

/** The mask of a comparison. Truth values are compared as unsigned numbers, so that false < true. */
export function compare(op: Comparison, dtype: DType, a: Value, b: Value): Code {
  if (a.kind === 'f64') return narrowMask(mapParts('f64', [a, b], (x, y) => f64x2[op](x as Code, y as Code)).parts);
  const [x, y] = [a.parts[0] as Code, b.parts[0] as Code];
  if (a.kind === 'f32') return f32x4[op](x, y);
  return i32x4[dtype === 'uint32' || dtype === 'bool' ? unsignedOf[op] : signedOf[op]](x, y);
}

const SWAP_HALVES = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const SWAP_PAIRS = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];

/** Lanes 2, 3, 0, 1. The parts must be held in locals. */
export function swapHalves({ kind, parts }: Value): Value {
  if (kind === 'f64') return { kind, parts: [parts[1] as Code, parts[0] as Code] };
  return { kind, parts: parts.map((part) => v128.shuffle(part, part, SWAP_HALVES)) };
}

/** Lanes 1, 0, 3, 2. The parts must be held in locals. */
export function swapPairs({ kind, parts }: Value): Value {
  const bytes = kind === 'f64' ? SWAP_HALVES : SWAP_PAIRS;
  return { kind, parts: parts.map((part) => v128.shuffle(part, part, bytes)) };
}
