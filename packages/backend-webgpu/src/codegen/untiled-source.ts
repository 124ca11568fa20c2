import type { DType } from '@gradus/storage';
import { FOLD_WORKGROUP, WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { params } from '../queue/kernel-source.ts';
import { bindingsOf } from './bound-views.ts';
import { addTerm, termType } from './operand-source.ts';
import {
  type OutputType,
  outputFunctions,
  outputParams,
  PRODUCT_SIZES,
  type ProductType,
  productFrame,
  sliceOf,
} from './product-source.ts';

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

function addSum(sum: string, other: string, dtype: DType): string {
  return dtype === 'bool' ? `${sum} |= ${other};` : `${sum} += ${other};`;
}
