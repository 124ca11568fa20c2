import { initialValue, type ScanOp } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf, type ViewType } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { scanStep } from './scan-source.ts';
import { literal, valueType } from './value-type.ts';

/** Neighbouring elements that an invocation folds by itself, and elements of a workgroup. */
const ITEMS = 4;
export const SCAN_BLOCK: number = ITEMS * WORKGROUP;

export interface BlockScan {
  readonly op: ScanOp;
  readonly dtype: DType;
  readonly rank: number;
  readonly withIndices: boolean;
  /** What is written: what each block folds to, or all results; these go on from what the blocks before fold to, if there are some. */
  readonly stage: 'totals' | 'results' | 'results after totals';
}

/** A block of a line per workgroup: invocations fold their own elements, and then scan what each other folded. */
export function blockScanSource(scan: BlockScan, slots: readonly number[]): KernelSource {
  const { op, dtype, rank, withIndices, stage } = scan;
  const element = valueType(dtype) as 'f32' | 'i32' | 'u32';
  const views = viewsFor(scan);
  const { bindings, of } = bindingsOf(
    views.map(({ type }) => type),
    slots,
  );
  const load = loadElement(of(0), dtype, 'xStart + i * p.xStep');
  const placeOf = (invocation: string): string => (withIndices ? `groupPlaces[${invocation}]` : '0');
  const share = `groupValues[local] = value;${withIndices ? ' groupPlaces[local] = best;' : ''}`;
  const body = `  if (group >= p.lines * p.blocks) { return; }
  let block = group % p.blocks;
  let line = group / p.blocks;
${coordinates('c', rank, 'line')}
${views.map(({ name }) => `  let ${name}Start = ${position(name, 'c', rank)};`).join('\n')}
  let first = block * ${SCAN_BLOCK}u + local * ${ITEMS}u;
  let end = min(first + ${ITEMS}u, p.length);
  var value = ${nothing(op, dtype)};
  var best = 0;
  for (var i = first; i < end; i++) {
    let x = ${load};
    ${scanStep(op, dtype, 'i32(i)')}
  }
  ${share}
  workgroupBarrier();
  for (var distance = 1u; distance < ${WORKGROUP}u; distance = distance << 1u) {
    if (local >= distance) {
      value = groupValues[local - distance];
      ${withIndices ? 'best = groupPlaces[local - distance];' : ''}
      let x = groupValues[local];
      ${scanStep(op, dtype, placeOf('local'))}
    }
    workgroupBarrier();
    ${share}
    workgroupBarrier();
  }
${stage === 'totals' ? storeTotals(withIndices) : storeResults(scan, load, placeOf, of)}`;
  const declarations = `
var<workgroup> groupValues: array<${element}, ${WORKGROUP}>;
${withIndices ? `var<workgroup> groupPlaces: array<i32, ${WORKGROUP}>;` : ''}
`;
  return {
    label: `scan ${op}: ${stage}`,
    bindings: [...bindings, ...scratchFor(scan, element)],
    params: [
      ...params('u32', 'lines', 'length', 'blocks'),
      ...sizeParams('c', rank),
      ...views.flatMap(({ name }) => [...viewParams(name, 'c', rank), ...params('u32', `${name}Step`)]),
    ],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body) + declarations,
    body,
  };
}

/** What blocks fold to, where their extremes stand, and which block has the one so far. */
function scratchFor({ stage, withIndices }: BlockScan, element: string): readonly Binding[] {
  if (stage === 'results') return [];
  const written = stage === 'totals';
  const scratch = [{ name: 'totals', element, written }];
  if (withIndices) scratch.push({ name: 'totalPlaces', element: 'i32', written });
  if (withIndices && !written) scratch.push({ name: 'totalBlocks', element: 'i32', written });
  return scratch;
}

interface NamedView {
  readonly name: string;
  readonly type: ViewType;
}

function viewsFor({ dtype, withIndices, stage }: BlockScan): readonly NamedView[] {
  const input = { name: 'x', type: { dtype, written: false } };
  if (stage === 'totals') return [input];
  const results = [input, { name: 'y', type: { dtype, written: true } }];
  return withIndices ? [...results, { name: 'at', type: { dtype: 'int32', written: true } }] : results;
}

/** What folding no element gives. */
function nothing(op: ScanOp, dtype: DType): string {
  return literal(initialValue(op === 'logsumexp' ? 'max' : op, dtype), valueType(dtype));
}

function storeTotals(withIndices: boolean): string {
  return `  if (local == ${WORKGROUP - 1}u) {
    totals[group] = value;
    ${withIndices ? 'totalPlaces[group] = best;' : ''}
  }`;
}

/** Once more over an invocation's own elements, from what lies before them. */
function storeResults(
  { op, dtype, withIndices, stage }: BlockScan,
  load: string,
  placeOf: (invocation: string) => string,
  of: ReturnType<typeof bindingsOf>['of'],
): string {
  const before = `  if (block > 0u) {
    value = totals[group - 1u];
    ${withIndices ? 'best = totalPlaces[line * p.blocks + u32(totalBlocks[group - 1u])];' : ''}
  }`;
  return `  value = ${nothing(op, dtype)};
  best = 0;
${stage === 'results' ? '' : before}
  if (local > 0u) {
    let x = groupValues[local - 1u];
    ${scanStep(op, dtype, placeOf('local - 1u'))}
  }
  for (var i = first; i < end; i++) {
    let x = ${load};
    ${scanStep(op, dtype, 'i32(i)')}
    ${storeElement(of(1), dtype, 'yStart + i * p.yStep', 'value')}
    ${withIndices ? storeElement(of(2), 'int32', 'atStart + i * p.atStep', 'best') : ''}
  }`;
}
