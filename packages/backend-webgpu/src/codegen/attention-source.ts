import type { DType } from '@gradus/storage';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import {
  accumulate,
  declareRows,
  declareVectors,
  type Matrix,
  mapRows,
  matrixReaders,
  multiplyRows,
  SLICE,
  scaleVectors,
  storeVectors,
  TILE,
  TILE_WORKGROUP,
  tileMemory,
} from './attention-tiles.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';

/** What the code of an attention kernel depends on. */
export interface AttentionShape {
  readonly dtype: DType;
  readonly mask: DType | null;
  readonly batchRank: number;
  /** Vectors of columns that an invocation holds: of queries and keys, and of values. */
  readonly featureVectors: number;
  readonly widthVectors: number;
  /** Workgroups per block, a slice of the results' columns each. */
  readonly slices: number;
}

/** A matrix per batch, and the rows and columns that it has, in WGSL. */
interface MatrixView {
  readonly name: string;
  readonly dtype: DType;
  readonly written: boolean;
  readonly rows: string;
  readonly columns: string;
}

const extents = {
  query: ['p.queries', 'p.features'],
  key: ['p.keys', 'p.features'],
  value: ['p.keys', 'p.width'],
  gradient: ['p.queries', 'p.width'],
  mask: ['p.queries', 'p.keys'],
  output: ['p.queries', 'p.width'],
  logSumExp: ['p.queries', '1u'],
  ofQuery: ['p.queries', 'p.features'],
  ofKey: ['p.keys', 'p.features'],
  ofValue: ['p.keys', 'p.width'],
  ofMask: ['p.queries', 'p.keys'],
} as const;

type MatrixName = keyof typeof extents;

/** What the body of an attention kernel is written with. */
export interface AttentionCode {
  matrix(name: MatrixName): Matrix;
  readonly shape: AttentionShape;
}

interface AttentionBody {
  readonly label: string;
  readonly reads: readonly MatrixName[];
  readonly writes: readonly MatrixName[];
  /** What workgroups take blocks of; the body sees where its block begins as `first`, and its slice as `firstColumn`. */
  readonly blocksOf: 'queries' | 'keys';
  readonly withLevels: boolean;
  readonly body: (code: AttentionCode) => string;
}

/** A kernel with a workgroup for every slice of every block of queries or keys of every batch. */
export function attentionKernel(
  shape: AttentionShape,
  slots: readonly number[],
  { label, reads, writes, blocksOf, withLevels, body: write }: AttentionBody,
): KernelSource {
  const { batchRank } = shape;
  const inputs = shape.mask === null ? reads : [...reads, 'mask' as const];
  const views = [...inputs, ...writes].map((name, k): MatrixView => {
    const dtype = name === 'mask' ? (shape.mask as DType) : shape.dtype;
    const [rows, columns] = extents[name];
    return { name, dtype, written: k >= inputs.length, rows, columns };
  });
  const { bindings, of } = bindingsOf(views, slots);
  const matrices = views.map((view, k): Matrix => ({ ...view, binding: of(k) }));
  const matrix = (name: MatrixName): Matrix => matrices.find((one) => one.name === name) as Matrix;
  const body = `  if (group >= p.groups) { return; }
  let ty = local / 8u;
  let tx = local % 8u;
  let blocks = (p.${blocksOf} + ${TILE - 1}u) / ${TILE}u;
  let firstColumn = group % ${shape.slices}u * ${SLICE}u;
  let block = group / ${shape.slices}u;
  let first = block % blocks * ${TILE}u;
  let batch = block / blocks;
${coordinates('c', batchRank, 'batch')}
${views.map(({ name }) => `  let ${name}Start = ${position(name, 'c', batchRank)};`).join('\n')}
${shape.mask === null ? '  let maskStart = 0u;' : ''}
${write({ matrix, shape })}`;
  const declarations = `${tileMemory(Math.max(shape.featureVectors, shape.widthVectors))}
var<workgroup> rowTile: array<vec4<f32>, ${TILE_WORKGROUP}>;
${vectorFunctions}
${visible(shape, shape.mask === null ? null : matrix('mask'))}
${matrixReaders(reads.map(matrix))}`;
  return {
    label,
    bindings: withLevels ? [...bindings, { name: 'levels', element: 'vec2<f32>', written: false }] : bindings,
    params: [
      ...params('u32', 'groups', 'queries', 'keys', 'features', 'width', 'causal'),
      ...params('f32', 'scale'),
      ...sizeParams('c', batchRank),
      ...views.flatMap(({ name }) => [
        ...viewParams(name, 'c', batchRank),
        ...params('u32', `${name}Row`, `${name}Column`),
      ]),
    ],
    workgroup: [TILE_WORKGROUP, 1, 1],
    declarations: functionsFor(body + declarations) + declarations,
    body,
  };
}

/** A query's score of a key from their product: -Infinity where it doesn't see it. */
function visible({ mask }: AttentionShape, matrix: Matrix | null): string {
  const lines = [
    'if (query >= p.queries || key >= p.keys) { return -inf(); }',
    'if (p.causal != 0u && key > query) { return -inf(); }',
  ];
  const place = 'maskStart + query * p.maskRow + key * p.maskColumn';
  const element = matrix === null ? '' : loadElement(matrix.binding, matrix.dtype, place);
  if (mask === 'bool') lines.push(`if (!${element}) { return -inf(); }`);
  lines.push(`return product * p.scale${mask === null || mask === 'bool' ? '' : ` + ${element}`};`);
  return `
fn visible(product: f32, query: u32, key: u32, maskStart: u32) -> f32 {
  ${lines.join('\n  ')}
}`;
}

const vectorFunctions = `
fn exp4(x: vec4<f32>) -> vec4<f32> {
  var y = x;
  for (var i = 0u; i < 4u; i++) { y[i] = exp32(x[i]); }
  return y;
}
fn max4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  var y = a;
  for (var i = 0u; i < 4u; i++) { y[i] = max32(a[i], b[i]); }
  return y;
}
fn total(x: vec4<f32>) -> f32 { return (x.x + x.y) + (x.z + x.w); }
fn isLowest(x: vec4<f32>) -> vec4<bool> { return bitcast<vec4<u32>>(x) == vec4<u32>(0xff800000u); }
`;

/**
 * A block of queries goes over the keys block by block: the weights are made relative to the highest score so far, and what was
 * summed before is scaled when that grows. (Milakov & Gimelshein 2018; Dao et al. 2022.)
 */
export function attentionSource(shape: AttentionShape, slots: readonly number[]): KernelSource {
  return attentionKernel(shape, slots, {
    label: 'attention',
    reads: ['query', 'key', 'value'],
    writes: ['output', 'logSumExp'],
    blocksOf: 'queries',
    withLevels: false,
    body: forwardBody,
  });
}

function forwardBody({ matrix, shape: { widthVectors } }: AttentionCode): string {
  const logSumExp = matrix('logSumExp');
  const place = 'logSumExpStart + (row + r) * p.logSumExpRow';
  const store = storeElement(logSumExp.binding, logSumExp.dtype, place, 'top[r] + log32(divisor[r])');
  return `  let end = select(p.keys, min(p.keys, first + ${TILE}u), p.causal != 0u);
  let row = first + ty * 4u;
  var top = vec4<f32>(-inf());
  var sum = vec4<f32>();
${declareVectors('out', widthVectors)}
  for (var key = 0u; key < end; key += ${TILE}u) {
${declareRows('s')}
${multiplyRows('s', matrix('query'), 'first', matrix('key'), 'key')}
${mapRows('s', 'visible(s[r][c], row + r, key + tx * 4u + c, maskStart)')}
    var own = vec4<f32>(s[0].x, s[1].x, s[2].x, s[3].x);
    for (var c = 1u; c < 4u; c++) { own = max4(own, vec4<f32>(s[0][c], s[1][c], s[2][c], s[3][c])); }
    rowTile[local] = own;
    workgroupBarrier();
    var high = top;
    for (var i = 0u; i < 8u; i++) { high = max4(high, rowTile[ty * 8u + i]); }
    // Where nothing was seen so far, all weights are exp(-Infinity).
    let shift = select(high, vec4<f32>(), isLowest(high));
    let kept = exp4(top - shift);
    top = high;
    sum *= kept;
    for (var r = 0u; r < 4u; r++) {
      s[r] = exp4(s[r] - vec4<f32>(shift[r]));
      sum[r] += total(s[r]);
    }
${scaleVectors('out', widthVectors, 'kept')}
${accumulate('out', widthVectors, 's', matrix('value'), 'key')}
  }
  rowTile[local] = sum;
  workgroupBarrier();
  var divisor = vec4<f32>();
  for (var i = 0u; i < 8u; i++) { divisor += rowTile[ty * 8u + i]; }
  divisor = select(divisor, vec4<f32>(nan()), isLowest(top));
${storeVectors('out', widthVectors, matrix('output'), 'first + ty * 4u', 'element / divisor[r]')}
  for (var r = 0u; r < 4u && tx == 0u && firstColumn == 0u && row + r < p.queries; r++) { ${store} }`;
}
