import type { DType } from '@gradus/storage';
import { FOLD_WORKGROUP, WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { params } from '../queue/kernel-source.ts';
import { bindingsOf } from './bound-views.ts';
import { addTerm, depthCursor, termType } from './operand-source.ts';
import {
  type OutputType,
  outputFunctions,
  outputParams,
  PRODUCT_SIZES,
  type ProductType,
  productFrame,
} from './product-source.ts';

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
  const sums = rows.flatMap((r) => columns.map((c) => ({ sum: `sum${r}_${c}`, r, c })));
  const body = `  let rowBlocks = (p.rows + ${blockRows - 1}u) / ${blockRows}u;
  let columnBlocks = (p.columns + ${blockColumns - 1}u) / ${blockColumns}u;
  if (thread >= columnBlocks * rowBlocks * p.parts * p.batch) { return; }
  let column = thread % columnBlocks;
  let row = thread / columnBlocks % rowBlocks * ${blockRows}u;
${sliceOf('thread / (columnBlocks * rowBlocks)')}
  let aStart = aBatch(image);
  let bStart = bBatch(image);
${rows.map((r) => `  let a${r} = aOuter(aStart, min(row + ${r}u, p.rows - 1u));`).join('\n')}
${columns.map((c) => `  let b${c} = bOuter(bStart, min(column + ${c}u * columnBlocks, p.columns - 1u));`).join('\n')}
${sums.map(({ sum }) => `  var ${sum} = ${term}();`).join('\n')}
${a.begin}
${b.begin}
  for (var k = first; k < end; k++) {
${rows.map((r) => `    let left${r} = aLoad(a${r}, aAt);`).join('\n')}
${columns.map((c) => `    let right${c} = bLoad(b${c}, bAt);`).join('\n')}
${sums.map(({ sum, r, c }) => `    ${addTerm(sum, `left${r}`, `right${c}`, type.dtype)}`).join('\n')}
${a.next}
${b.next}
  }
${rows
  .map((r) => {
    const stores = columns.map((c) => {
      const at = `column + ${c}u * columnBlocks`;
      return `    if (${at} < p.columns) { outStore(start + outColumn(${at}), sum${r}_${c}); }`;
    });
    return `  if (row + ${r}u < p.rows) {\n    let start = outRow(image, part, row + ${r}u);\n${stores.join('\n')}\n  }`;
  })
  .join('\n')}`;
  const declarations = functionsFor(functions) + functions;
  return { label: type.label, bindings, params, workgroup: [BLOCK_WORKGROUP, 1, 1], declarations, body };
}

/** A product by elements: a workgroup computes one. For matrices that lie along the depth, and for few results. */
export function dotSource(type: ProductType): KernelSource {
  const { bindings, params, functions, term } = productFrame(type);
  const body = `  if (group >= p.groups) { return; }
  let column = group % p.columns;
  let row = group / p.columns % p.rows;
${sliceOf('group / (p.columns * p.rows)')}
  let aPlace = aOuter(aBatch(image), row);
  let bPlace = bOuter(bBatch(image), column);
  var sum = ${term}();
  for (var k = first + local; k < end; k += ${FOLD_WORKGROUP}u) {
    ${addTerm('sum', 'aLoad(aPlace, aDepth(k))', 'bLoad(bPlace, bDepth(k))', type.dtype)}
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = ${FOLD_WORKGROUP / 2}u; half > 0u; half /= 2u) {
    if (local < half) { ${addSum('sums[local]', 'sums[local + half]', type.dtype)} }
    workgroupBarrier();
  }
  if (local == 0u) { outStore(outRow(image, part, row) + outColumn(column), sums[0]); }`;
  const declarations = `${functionsFor(functions)}${functions}
var<workgroup> sums: array<${term}, ${FOLD_WORKGROUP}>;`;
  return { label: type.label, bindings, params, workgroup: [FOLD_WORKGROUP, 1, 1], declarations, body };
}

/** Adds up what was summed in parts, always in the same order. */
export function partsSource(label: string, dtype: DType, output: OutputType): KernelSource {
  const { bindings, of } = bindingsOf([{ dtype, written: true }], [0]);
  const term = termType(dtype);
  const functions = outputFunctions(output, dtype, of(0));
  const body = `  let size = p.columns * p.rows * p.batch;
  if (thread >= size) { return; }
  let column = thread % p.columns;
  let row = thread / p.columns % p.rows;
  var sum = partSums[thread];
  for (var part = 1u; part < p.parts; part++) {
    ${addSum('sum', 'partSums[part * size + thread]', dtype)}
  }
  outStore(outRow(thread / (p.columns * p.rows), 0u, row) + outColumn(column), sum);`;
  return {
    label,
    bindings: [{ name: 'partSums', element: term, written: false }, ...bindings],
    params: [...params('u32', ...PRODUCT_SIZES), ...outputParams(output)],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(functions) + functions,
    body,
  };
}

/** Which product of a batch, and which part of its depth. */
function sliceOf(slice: string): string {
  return `  let slice = ${slice};
  let part = slice % p.parts;
  let image = slice / p.parts;
  let first = part * p.partLength;
  let end = min(first + p.partLength, p.depth);`;
}

function addSum(sum: string, other: string, dtype: DType): string {
  return dtype === 'bool' ? `${sum} |= ${other};` : `${sum} += ${other};`;
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
