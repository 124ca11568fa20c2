import { functionsFor } from '../math/library.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { addTerm, depthCursor } from './operand-source.ts';
import { type ProductType, productFrame, sliceOf } from './product-source.ts';

/** Few, so that small products are spread over all of a GPU. */
export const BLOCK_WORKGROUP = 64;

/** How many rows and columns of a result an invocation computes. */
export interface Block {
  readonly blockRows: number;
  readonly blockColumns: number;
}

/**
 * A product by blocks: an invocation computes one, out of what caches and registers hold. For few rows or columns, and for
 * products too small to bring slices to shared memory. The columns of a block lie apart, so that neighbouring invocations
 * read neighbours in memory.
 */
export function blockSource(type: ProductType, { blockRows, blockColumns }: Block): KernelSource {
  const { bindings, params, functions, term } = productFrame(type);
  const [rows, columns] = [range(blockRows), range(blockColumns)];
  const [a, b] = [depthCursor('a', type.left, 'first'), depthCursor('b', type.right, 'first')];
  const body = `  let rowBlocks = (p.rows + ${blockRows - 1}u) / ${blockRows}u;
  let columnBlocks = (p.columns + ${blockColumns - 1}u) / ${blockColumns}u;
  if (thread >= columnBlocks * rowBlocks * p.parts * p.batch) { return; }
  let column = thread % columnBlocks;
  let row = thread / columnBlocks % rowBlocks * ${blockRows}u;
${sliceOf('thread / (columnBlocks * rowBlocks)')}
  let aStart = aBatch(image);
  let bStart = bBatch(image);
${lines(rows, (r) => `  let a${r} = aOuter(aStart, min(row + ${r}u, p.rows - 1u));`)}
${lines(columns, (c) => `  let b${c} = bOuter(bStart, min(${columnAt(c)}, p.columns - 1u));`)}
${lines(rows, (r) => lines(columns, (c) => `  var sum${r}_${c} = ${term}();`))}
${a.begin}
${b.begin}
  for (var k = first; k < end; k++) {
${lines(rows, (r) => `    let left${r} = aLoad(a${r}, aAt);`)}
${lines(columns, (c) => `    let right${c} = bLoad(b${c}, bAt);`)}
${lines(rows, (r) => lines(columns, (c) => `    ${addTerm(`sum${r}_${c}`, `left${r}`, `right${c}`, type.dtype)}`))}
${a.next}
${b.next}
  }
${lines(rows, (r) => storeRow(r, columns))}`;
  const declarations = functionsFor(functions) + functions;
  return { label: type.label, bindings, params, workgroup: [BLOCK_WORKGROUP, 1, 1], declarations, body };
}

function storeRow(r: number, columns: readonly number[]): string {
  const stores = lines(columns, (c) => {
    return `    if (${columnAt(c)} < p.columns) { outStore(start + outColumn(${columnAt(c)}), sum${r}_${c}); }`;
  });
  return `  if (row + ${r}u < p.rows) {
    let start = outRow(image, part, row + ${r}u);
${stores}
  }`;
}

function columnAt(c: number): string {
  return `column + ${c}u * columnBlocks`;
}

function lines(numbers: readonly number[], line: (n: number) => string): string {
  return numbers.map(line).join('\n');
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
