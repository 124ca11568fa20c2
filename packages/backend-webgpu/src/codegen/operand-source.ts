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
export function operandType(operand: Operand, isAlone: boolean): OperandType {
  const { offset, batch, outer, depth, slides } = operand;
  const { dtype } = operand.view;
  const unit = slides.length === 0 && outer.strides.at(-1) === 1;
  const others = [offset, ...batch.strides, ...outer.strides.slice(0, -1), ...depth.strides];
  const isWhole = [...others, outer.shape.at(-1) as number].every((n) => n % VECTOR === 0);
  return {
    dtype,
    batchRank: batch.shape.length,
    outerRank: outer.shape.length,
    depthRank: depth.shape.length,
    slides,
    along: lastStride(depth) < lastStride(outer) ? 'depth' : 'outer',
    isVector: isAlone && unit && isWhole && packedBits(dtype) === null && dtype !== 'bool',
  };
}

/** How far neighbours along the last axis lie apart; where there are none, further than any. */
function lastStride({ shape, strides }: Axes): number {
  return shape.at(-1) === 1 ? Number.POSITIVE_INFINITY : Math.abs(strides.at(-1) as number);
}

/** A number per type of factor, for keys of pipelines. */
export function operandCode({ batchRank, outerRank, depthRank, slides, along, isVector }: OperandType): number {
  const flags = (along === 'depth' ? 1 : 0) + (isVector ? 2 : 0);
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

const slideFields = ['OuterStep', 'DepthStep', 'Start', 'Limit'] as const;

export function pushOperand(list: number[], { offset, batch, outer, depth, slides }: Operand): void {
  list.push(...batch.shape, ...outer.shape, ...depth.shape, offset);
  list.push(...batch.strides, ...outer.strides, ...depth.strides);
  for (const { outerStep, depthStep, start, size } of slides) list.push(outerStep, depthStep, start, size);
}

export function depthOf({ depth }: Operand): number {
  return countOf(depth);
}

/** Whether a place along the depth takes divisions to find. */
export function hasWindingDepth({ depthRank, slides }: OperandType): boolean {
  return depthRank > 1 || slides.length > 0;
}

/** What a part of an element's place is: its distance in memory, followed by its part in the index of every slide. */
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
  const outerParts = slides.map(({ outer }, s) => `p.${x}Start${s} + ${x}o${outer} * p.${x}OuterStep${s}`);
  const depthParts = slides.map(({ depth }, s) => `${x}k${depth} * p.${x}DepthStep${s}`);
  return `
fn ${x}Batch(index: u32) -> u32 {
${coordinatesOf(x, 'z', batchRank)}
  return ${steps(x, 'z', batchRank, `p.${x}At`)};
}
fn ${x}Outer(start: u32, index: u32) -> ${place} {
${coordinatesOf(x, 'o', outerRank)}
  return ${packed(steps(x, 'o', outerRank, 'start'), outerParts)};
}
fn ${x}Depth(index: u32) -> ${place} {
${coordinatesOf(x, 'k', depthRank)}
  return ${packed(steps(x, 'k', depthRank, '0u'), depthParts)};
}
${type.isVector ? vectorLoad(x, type, binding) : scalarLoad(x, type, binding)}`;
}

/** A part of an element's place, of its distance and its parts in the indices of slides. */
function packed(distance: string, parts: readonly string[]): string {
  if (parts.length === 0) return distance;
  return `vec4<u32>(${[distance, ...parts, ...['0u', '0u', '0u'].slice(parts.length)].join(', ')})`;
}

/** Statements that go along a factor's depth term by term, without divisions. */
export interface DepthCursor {
  /** Declares `xAt`, the depth's part of the place of the term `first`. */
  readonly begin: string;
  /** Moves `xAt` to the next term's. */
  readonly next: string;
}

export function depthCursor(x: string, type: OperandType, first: string): DepthCursor {
  const { depthRank, slides } = type;
  const last = depthRank - 1;
  const begin = [`  var ${x}At = ${x}Depth(${first});`];
  const step = (axis: number): string => {
    const slid = slides.map(({ depth }, s) => (depth === axis ? `p.${x}DepthStep${s}` : '0u'));
    return packed(`p.${x}kStep${axis}`, slid);
  };
  for (let axis = 0; axis <= last; axis++) begin.push(`  let ${x}Step${axis} = ${step(axis)};`);
  let next = '';
  for (let axis = 1; axis <= last; axis++) {
    const size = `p.${x}kSize${axis}`;
    begin.push(`  let ${x}Carry${axis} = ${x}Step${axis - 1} - ${size} * ${x}Step${axis};`);
    const coordinate = `${first}${range(axis + 1, depthRank)
      .map((r) => ` / p.${x}kSize${r}`)
      .join('')}`;
    begin.push(`  var ${x}Left${axis} = ${size} - ${coordinate} % ${size};`);
    next = ` ${x}Left${axis}--; if (${x}Left${axis} == 0u) { ${x}Left${axis} = ${size}; ${x}At += ${x}Carry${axis};${next} }`;
  }
  return { begin: begin.join('\n'), next: `    ${x}At += ${x}Step${last};${next}` };
}

function scalarLoad(x: string, type: OperandType, binding: Binding): string {
  const { dtype, slides } = type;
  const element = (at: string): string => asTerm(loadElement(binding, dtype, at), dtype);
  const place = placeType(type);
  const inside = slides.map((_, s) => `place.${'yzw'[s]} < p.${x}Limit${s}`).join(' && ');
  const body =
    slides.length === 0
      ? `return ${element('outer + depth')};`
      : // Before the first index, numbers wrap to large ones.
        `let place = outer + depth;
  if (${inside}) { return ${element('place.x')}; }
  return ${termType(dtype)}();`;
  return `fn ${x}Load(outer: ${place}, depth: ${place}) -> ${termType(dtype)} {
  ${body}
}`;
}

function vectorLoad(x: string, { dtype }: OperandType, { name }: Binding): string {
  return `fn ${x}LoadVector(outer: u32, depth: u32) -> vec4<${termType(dtype)}> {
  return ${name}[(outer + depth) / ${VECTOR}u];
}`;
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

function range(from: number, end: number): readonly number[] {
  return Array.from({ length: end - from }, (_, i) => from + i);
}
