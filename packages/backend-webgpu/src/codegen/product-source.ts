import type { DType } from '@gradus/storage';
import { type Binding, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, sizeParams, stepParams, viewParams } from './index-source.ts';
import { type OperandType, operandFunctions, operandParams, type TermType, termType } from './operand-source.ts';
import { wrap } from './scalar-source.ts';

/** What the code of a product depends on, however it is computed. */
export interface ProductType {
  readonly label: string;
  readonly dtype: DType;
  readonly left: OperandType;
  readonly right: OperandType;
  readonly output: OutputType;
  /** Whether sums of parts of the depth are kept, for `partsSource` to add up. */
  readonly inParts: boolean;
  readonly slots: readonly number[];
}

export interface OutputType {
  readonly batchRank: number;
  readonly rowRank: number;
  readonly columnRank: number;
  readonly accumulate: boolean;
}

/** Parameters of every product: `groups` is how many workgroups have something to do. */
export const PRODUCT_SIZES = ['groups', 'batch', 'rows', 'columns', 'depth', 'parts', 'partLength'] as const;

/** What kernels of products have in common: bindings, parameters, and the functions that read and write elements. */
export interface ProductFrame {
  readonly bindings: readonly Binding[];
  readonly params: readonly Param[];
  readonly functions: string;
  readonly term: TermType;
}

/**
 * Functions of the result: `outRow(image, part, row)` and `outColumn(column)` give the parts of an element's place, and
 * `outStore(place, value)` stores a finished sum, or that of a part.
 */
export function productFrame(type: ProductType): ProductFrame {
  const { dtype, left, right, output, inParts, slots } = type;
  const term = termType(dtype);
  const views = [false, false, true].map((written) => ({ dtype, written }));
  const { bindings, of } = bindingsOf(inParts ? views.slice(0, 2) : views, inParts ? slots.slice(0, 2) : slots);
  const vector = (view: number, { isVector }: OperandType): Binding => {
    const binding = of(view);
    return isVector ? { ...binding, element: `vec4<${term}>` } : binding;
  };
  const factors = [vector(0, left), vector(1, right)] as const;
  const all = bindings.map((binding) => factors.find(({ name }) => name === binding.name) ?? binding);
  const parts: Binding = { name: 'partSums', element: term, written: true };
  return {
    bindings: inParts ? [...all, parts] : all,
    params: [
      ...params('u32', ...PRODUCT_SIZES),
      ...operandParams('a', left),
      ...operandParams('b', right),
      ...(inParts ? [] : outputParams(output)),
    ],
    functions: [
      operandFunctions('a', left, factors[0]),
      operandFunctions('b', right, factors[1]),
      inParts ? storeParts(term) : outputFunctions(output, dtype, of(2)),
    ].join(''),
    term,
  };
}

export function outputParams({ batchRank, rowRank, columnRank }: OutputType): readonly Param[] {
  return [
    ...sizeParams('cz', batchRank),
    ...sizeParams('cr', rowRank),
    ...sizeParams('cc', columnRank),
    ...viewParams('out', 'z', batchRank),
    ...stepParams('out', 'r', rowRank),
    ...stepParams('out', 'c', columnRank),
  ];
}

/** Places in the output's view, and the conversion of a sum to its dtype. */
export function outputFunctions(
  { batchRank, rowRank, columnRank, accumulate }: OutputType,
  dtype: DType,
  binding: Binding,
): string {
  const steps = (axes: string, rank: number): string =>
    Array.from({ length: rank }, (_, r) => ` + c${axes}${r} * p.out${axes}Step${r}`).join('');
  const term = termType(dtype);
  const result = dtype === 'bool' ? 'value != 0u' : 'value';
  const before = loadElement(binding, dtype, 'place');
  const sum = dtype === 'bool' ? `${before} || ${result}` : `${before} + ${result}`;
  return `
fn outRow(image: u32, part: u32, row: u32) -> u32 {
${coordinates('cz', batchRank, 'image')}
${coordinates('cr', rowRank, 'row')}
  return p.outAt${steps('z', batchRank)}${steps('r', rowRank)};
}
fn outColumn(column: u32) -> u32 {
${coordinates('cc', columnRank, 'column')}
  return 0u${steps('c', columnRank)};
}
fn outStore(place: u32, value: ${term}) {
  let result = ${wrap(`(${accumulate ? sum : result})`, dtype)};
  ${storeElement(binding, dtype, 'place', 'result')}
}`;
}

/** Sums [part, image, row, column] in working memory. */
function storeParts(term: TermType): string {
  return `
fn outRow(image: u32, part: u32, row: u32) -> u32 {
  return ((part * p.batch + image) * p.rows + row) * p.columns;
}
fn outColumn(column: u32) -> u32 { return column; }
fn outStore(place: u32, value: ${term}) { partSums[place] = value; }`;
}

/** Which product of a batch, and which part of its depth. */
export function sliceOf(slice: string): string {
  return `  let slice = ${slice};
  let part = slice % p.parts;
  let image = slice / p.parts;
  let first = part * p.partLength;
  let end = min(first + p.partLength, p.depth);`;
}
