import type { DType } from '@gradus/storage';
import type { Binding } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';

/**
 * Attention in blocks of `TILE` queries by `TILE` keys. A workgroup of 8 x 8 invocations holds one: invocation (ty, tx) has rows
 * 4 ty to 4 ty + 3 and columns 4 tx to 4 tx + 3, its rows as four vec4.
 */
export const TILE = 32;

const FOUR = [0, 1, 2, 3] as const;

/** Invocations along a side, and of a workgroup. */
const SIDE = 8;
export const TILE_WORKGROUP: number = SIDE * SIDE;

/** How many columns of two matrices are in shared memory at a time while their rows are multiplied. */
const DEPTH = 16;

/** How many rows of a matrix are in shared memory at a time while weights are multiplied with it. */
const ROWS = 8;

/** A matrix in memory: rows `row` of it begin at `start + row * p.NAMERow`, with columns `p.NAMEColumn` apart. */
export interface Matrix {
  readonly name: string;
  readonly binding: Binding;
  readonly dtype: DType;
  /** WGSL for how many rows and columns it has. */
  readonly rows: string;
  readonly columns: string;
}

/** Columns of a result that a workgroup computes: as many as its invocations can hold. Others compute the next ones. */
export const SLICE = 128;

/** Vectors of four columns that an invocation holds of a matrix with so many columns, per row. */
export function vectorsFor(columns: number): number {
  return Math.ceil(Math.min(columns, SLICE) / TILE);
}

/** Workgroups that share the columns of results. */
export function slicesFor(columns: number): number {
  return Math.max(Math.ceil(columns / SLICE), 1);
}

/** Shared memory for `multiplyRows` and `accumulate`, the latter of matrices with up to `vectors` vectors per invocation. */
export function tileMemory(vectors: number): string {
  return `
var<workgroup> leftTile: array<vec4<f32>, ${DEPTH * SIDE}>;
var<workgroup> rightTile: array<vec4<f32>, ${DEPTH * SIDE}>;
var<workgroup> weightTile: array<vec4<f32>, ${TILE * SIDE}>;
var<workgroup> matrixTile: array<vec4<f32>, ${ROWS * SIDE * vectors}>;
`;
}

/** Functions that read matrices: 0 outside of them. In loops, so that a compiler without much time has little to do. */
export function matrixReaders(matrices: readonly Matrix[]): string {
  return matrices
    .map(({ name, binding, dtype, rows, columns }) => {
      const at = `start + row * p.${name}Row + column * p.${name}Column`;
      const reader = (suffix: string, direction: string): string => `
fn ${name}${suffix}(start: u32, firstRow: u32, firstColumn: u32) -> vec4<f32> {
  var elements = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    let row = firstRow${direction === 'down' ? ' + i' : ''};
    let column = firstColumn${direction === 'down' ? '' : ' + i'};
    if (row < ${rows} && column < ${columns}) { elements[i] = ${loadElement(binding, dtype, at)}; }
  }
  return elements;
}`;
      return reader('Down', 'down') + reader('Along', 'along');
    })
    .join('\n');
}

/** An invocation's rows of a block: `NAME[r][c]`. */
export function declareRows(name: string): string {
  return `  var ${name} = array<vec4<f32>, 4>();`;
}

/**
 * Replaces every element of an invocation's rows; `value` sees the old one as `NAME[r][c]`. A loop, which compilers unroll where that
 * pays: what it contains may be long.
 */
export function mapRows(name: string, value: string): string {
  return `  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) { ${name}[r][c] = ${value}; }
  }`;
}

/** Adds left right^T to rows `target`, for left's rows from `leftRow` on and right's from `rightRow` on. */
export function multiplyRows(target: string, left: Matrix, leftRow: string, right: Matrix, rightRow: string): string {
  const [a, b] = [left.name, right.name];
  return `  for (var step = 0u; step < ${left.columns}; step += ${DEPTH}u) {
    for (var i = local; i < ${DEPTH * SIDE}u; i += ${TILE_WORKGROUP}u) {
      let column = step + i % ${DEPTH}u;
      let place = (i % ${DEPTH}u) * ${SIDE}u + i / ${DEPTH}u;
      leftTile[place] = ${a}Down(${a}Start, ${leftRow} + i / ${DEPTH}u * 4u, column);
      rightTile[place] = ${b}Down(${b}Start, ${rightRow} + i / ${DEPTH}u * 4u, column);
    }
    workgroupBarrier();
    for (var e = 0u; e < ${DEPTH}u; e++) {
      let left = leftTile[e * ${SIDE}u + ty];
      let right = rightTile[e * ${SIDE}u + tx];
${FOUR.map((r) => `      ${target}[${r}] += left[${r}] * right;`).join('\n')}
    }
    workgroupBarrier();
  }`;
}

/** An invocation's part of a product: vector v of row r is `NAME[r * VECTORS + v]`. */
export function declareVectors(name: string, vectors: number): string {
  return `  var ${name} = array<vec4<f32>, ${4 * vectors}>();`;
}

/** Multiplies each row of vectors with a factor of its own. */
export function scaleVectors(name: string, vectors: number, factors: string): string {
  return FOUR.flatMap((r) => range(vectors).map((v) => `    ${name}[${r * vectors + v}] *= ${factors}[${r}];`)).join(
    '\n',
  );
}

/**
 * Adds weights times the matrix's rows from `firstRow` on, in columns from `firstColumn` on, to vectors; the weights are an
 * invocation's rows of a block.
 */
export function accumulate(
  target: string,
  vectors: number,
  weights: string,
  { name }: Matrix,
  firstRow: string,
): string {
  const groups = SIDE * vectors;
  const transposed = FOUR.map((c) => {
    const values = FOUR.map((r) => `${weights}[${r}][${c}]`).join(', ');
    return `  weightTile[(tx * 4u + ${c}u) * ${SIDE}u + ty] = vec4<f32>(${values});`;
  });
  const sums = range(vectors).flatMap((v) => [
    `      let vector${v} = matrixTile[k * ${groups}u + ${v * SIDE}u + tx];`,
    ...FOUR.map((r) => `      ${target}[${r * vectors + v}] += weight[${r}] * vector${v};`),
  ]);
  return `${transposed.join('\n')}
  for (var step = 0u; step < ${TILE}u; step += ${ROWS}u) {
    for (var i = local; i < ${ROWS * groups}u; i += ${TILE_WORKGROUP}u) {
      matrixTile[i] = ${name}Along(${name}Start, ${firstRow} + step + i / ${groups}u, firstColumn + i % ${groups}u * 4u);
    }
    workgroupBarrier();
    for (var k = 0u; k < ${ROWS}u; k++) {
      let weight = weightTile[(step + k) * ${SIDE}u + ty];
${sums.join('\n')}
    }
    workgroupBarrier();
  }`;
}

/** Stores vectors as rows of a matrix from `firstRow` on, and columns from `firstColumn` on; `value` sees an element of row r as `element`. */
export function storeVectors(
  source: string,
  vectors: number,
  { name, binding, dtype, rows, columns }: Matrix,
  firstRow: string,
  value: string,
): string {
  const place = `${name}Start + row * p.${name}Row + column * p.${name}Column`;
  return `  for (var r = 0u; r < 4u; r++) {
    let row = ${firstRow} + r;
    for (var i = 0u; i < ${4 * vectors}u && row < ${rows}; i++) {
      let column = firstColumn + i / 4u * ${TILE}u + tx * 4u + i % 4u;
      if (column >= ${columns}) { continue; }
      let element = ${source}[r * ${vectors}u + i / 4u][i % 4u];
      ${storeElement(binding, dtype, place, value)}
    }
  }`;
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
