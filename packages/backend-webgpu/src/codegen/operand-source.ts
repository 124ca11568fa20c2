import type { DType } from '@gradus/storage';
import { type Axes, countOf, type Operand } from '../kernels/product.ts';
import { type Binding, type Param, params } from '../queue/kernel-source.ts';
import { loadElement } from './access.ts';
import { coordinates, sizeParams, stepParams, viewParams } from './index-source.ts';
import { packedBits, valueType } from './value-type.ts';

/** Elements of a vector. */
export const VECTOR = 4;

/** What the code that reads a factor depends on. */
export interface OperandType {
  readonly dtype: DType;
  readonly batchRank: number;
  readonly outerRank: number;
  readonly depthRank: number;
  /** Per slide, the coordinates that it comes from. */
  readonly slides: readonly { readonly outer: number; readonly depth: number }[];
  /** Whether some slide has a divisor. */
  readonly isDivided: boolean;
  /** Along which axes neighbours in memory lie. */
  readonly along: 'outer' | 'depth';
  /** Whether four neighbours along `outer` are always one vector in memory. */
  readonly isVector: boolean;
}

/** Elements as products compute with them: bool as 0 and 1, multiplied by `&` and added by `|`. */
export type TermType = 'f32' | 'i32' | 'u32';

export function termType(dtype: DType): TermType {
  const type = valueType(dtype);
  return type === 'bool' ? 'u32' : type;
}

/** `isAlone`: no other view of the kernel is in the same buffer. */
export function operandType({ view, batch, outer, depth, slides }: Operand, isAlone: boolean): OperandType {
  const { dtype, layout } = view;
  const unit = slides.length === 0 && outer.strides.at(-1) === 1;
  const others = [layout.offset, ...batch.strides, ...outer.strides.slice(0, -1), ...depth.strides];
  const isWhole = [...others, outer.shape.at(-1) as number].every((n) => n % VECTOR === 0);
  return {
    dtype,
    batchRank: batch.shape.length,
    outerRank: outer.shape.length,
    depthRank: depth.shape.length,
    slides,
    isDivided: slides.some(({ divisor }) => divisor > 1),
    along:
      lastStride({ slides, axes: depth, of: 'depth' }) < lastStride({ slides, axes: outer, of: 'outer' })
        ? 'depth'
        : 'outer',
    isVector: isAlone && unit && isWhole && packedBits(dtype) === null && dtype !== 'bool',
  };
}

/** How far neighbours along the last axis lie apart; where there are none, further than any. */
function lastStride({
  slides,
  axes: { shape, strides },
  of,
}: {
  readonly slides: Operand['slides'];
  readonly axes: Axes;
  readonly of: 'outer' | 'depth';
}): number {
  const last = shape.length - 1;
  if (shape[last] === 1) return Number.POSITIVE_INFINITY;
  const slide = slides.find((candidate) => candidate[of] === last);
  if (slide === undefined) return Math.abs(strides[last] as number);
  return Math.abs(slide.stride * (of === 'outer' ? slide.outerStep : slide.depthStep));
}

/** A number per type of factor, for keys of pipelines. */
export function operandCode({
  batchRank,
  outerRank,
  depthRank,
  slides,
  isDivided,
  along,
  isVector,
}: OperandType): number {
  const flags = (isDivided ? 1 : 0) + (along === 'depth' ? 2 : 0) + (isVector ? 4 : 0);
  const sliding = slides.reduce((mask, { outer }) => mask | (1 << outer), 0);
  return [batchRank, outerRank, depthRank, sliding, flags].reduce((code, n) => code * 32 + n, 0);
}

/** Parameters of a factor named `x`; `pushOperand` gives their values. */
export function operandParams(x: string, { batchRank, outerRank, depthRank, slides }: OperandType): readonly Param[] {
  return [
    ...sizeParams(`${x}z`, batchRank),
    ...sizeParams(`${x}o`, outerRank),
    ...sizeParams(`${x}k`, depthRank),
    ...viewParams(x, 'z', batchRank),
    ...stepParams(x, 'o', outerRank),
    ...stepParams(x, 'k', depthRank),
    ...slides.flatMap((_, s) => params('u32', ...slideFields.map((field) => `${x}${field}${s}`))),
  ];
}

const slideFields = ['OuterStep', 'DepthStep', 'Start', 'Divisor', 'Limit', 'Stride'] as const;

export function pushOperand(list: number[], { view, batch, outer, depth, slides }: Operand): void {
  list.push(...batch.shape, ...outer.shape, ...depth.shape, view.layout.offset);
  list.push(...batch.strides, ...outer.strides, ...depth.strides);
  for (const { outerStep, depthStep, start, divisor, size, stride } of slides) {
    list.push(outerStep, depthStep, start, divisor, size * divisor, stride);
  }
}

export function depthOf({ depth }: Operand): number {
  return countOf(depth);
}

/** Whether a place along the depth takes divisions to find. */
export function hasWindingDepth({ depthRank, slides }: OperandType): boolean {
  return depthRank > 1 || slides.length > 0;
}

/** What a part of an element's place is: its distance in memory, followed by its part in every slide's index. */
export function placeType({ slides }: OperandType): 'u32' | 'vec4<u32>' {
  return slides.length > 0 ? 'vec4<u32>' : 'u32';
}

/**
 * Functions that read a factor named `x`. An element's place has three parts: `xBatch(image)`, `xOuter(start, index)` from there
 * on, and `xDepth(index)`; `xLoad(outer, depth)` is the element, or `xLoadVector` it and its three neighbours along `outer`.
 */
export function operandFunctions(x: string, type: OperandType, binding: Binding): string {
  const place = placeType(type);
  const { batchRank, outerRank, depthRank, slides } = type;
  const pack = (distance: string, parts: readonly string[]): string => {
    if (slides.length === 0) return distance;
    return `vec4<u32>(${[distance, ...parts, ...['0u', '0u', '0u'].slice(parts.length)].join(', ')})`;
  };
  const outerParts = slides.map(({ outer }, s) => `p.${x}Start${s} + ${x}o${outer} * p.${x}OuterStep${s}`);
  const depthParts = slides.map(({ depth }, s) => `${x}k${depth} * p.${x}DepthStep${s}`);
  return `
fn ${x}Batch(index: u32) -> u32 {
${coordinatesOf(x, 'z', batchRank)}
  return ${steps(x, 'z', batchRank, `p.${x}At`)};
}
fn ${x}Outer(start: u32, index: u32) -> ${place} {
${coordinatesOf(x, 'o', outerRank)}
  return ${pack(steps(x, 'o', outerRank, 'start'), outerParts)};
}
fn ${x}Depth(index: u32) -> ${place} {
${coordinatesOf(x, 'k', depthRank)}
  return ${pack(steps(x, 'k', depthRank, '0u'), depthParts)};
}
${type.isVector ? vectorLoad(x, type, binding) : scalarLoad(x, type, binding)}`;
}

function scalarLoad(x: string, type: OperandType, binding: Binding): string {
  const place = placeType(type);
  return `fn ${x}Load(outer: ${place}, depth: ${place}) -> ${termType(type.dtype)} {
${type.slides.length === 0 ? '  let at = outer + depth;' : slidAddress(x, type)}
  return ${asTerm(loadElement(binding, type.dtype, 'at'), type.dtype)};
}`;
}

function vectorLoad(x: string, { dtype }: OperandType, { name }: Binding): string {
  return `fn ${x}LoadVector(outer: u32, depth: u32) -> vec4<${termType(dtype)}> {
  return ${name}[(outer + depth) / ${VECTOR}u];
}`;
}

/** Where windows have slid to; outside of the memory the element is 0. */
function slidAddress(x: string, { dtype, slides, isDivided }: OperandType): string {
  const zero = `${termType(dtype)}()`;
  const lines = ['  var at = outer.x + depth.x;'];
  for (const s of slides.keys()) {
    const part = 'yzw'[s];
    lines.push(
      `  let slide${s} = outer.${part} + depth.${part};`,
      // Before the first index, numbers wrap to large ones.
      `  if (slide${s} >= p.${x}Limit${s}) { return ${zero}; }`,
    );
    if (isDivided) lines.push(`  if (slide${s} % p.${x}Divisor${s} != 0u) { return ${zero}; }`);
    const index = isDivided ? `slide${s} / p.${x}Divisor${s}` : `slide${s}`;
    lines.push(`  at += ${index} * p.${x}Stride${s};`);
  }
  return lines.join('\n');
}

function asTerm(value: string, dtype: DType): string {
  return valueType(dtype) === 'bool' ? `select(0u, 1u, ${value})` : value;
}

function coordinatesOf(x: string, axes: string, rank: number): string {
  return coordinates(`${x}${axes}`, rank, 'index');
}

function steps(x: string, axes: string, rank: number, start: string): string {
  const terms = Array.from({ length: rank }, (_, r) => `${x}${axes}${r} * p.${x}${axes}Step${r}`);
  return [start, ...terms].join(' + ');
}

/** A term added to a sum, both of them numbers or vectors. */
export function addTerm(sum: string, left: string, right: string, dtype: DType): string {
  if (dtype === 'bool') return `${sum} = ${sum} | (${left} & ${right});`;
  return `${sum} += ${left} * ${right};`;
}
