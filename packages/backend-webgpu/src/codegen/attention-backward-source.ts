import type { DType } from '@gradus/storage';
import type { KernelSource } from '../queue/kernel-source.ts';
import { storeElement } from './access.ts';
import { type AttentionCode, type AttentionShape, attentionKernel } from './attention-source.ts';
import {
  accumulate,
  declareRows,
  declareVectors,
  type Matrix,
  mapRows,
  multiplyRows,
  storeVectors,
  TILE,
} from './attention-tiles.ts';
import { type RowShape, rowFold, rowSource, rowView } from './row-source.ts';

// With the weights W and the gradient G of the output O, the masked scores have the gradient W (G value^T - rowsum(G O)); the
// weights are made again from the scores. (Dao et al. 2022, appendix B.4.)

/** What the weights of a row are made with: log(sum(exp(scores))), and rowsum(G O). */
export function attentionLevelsSource(dtype: DType, shape: RowShape, slots: readonly number[]): KernelSource {
  return rowSource(
    {
      label: 'attention: levels',
      views: [rowView('gradient', dtype, true), rowView('result', dtype, true), rowView('logSumExp', dtype, false)],
      scratch: [{ name: 'levels', element: 'vec2<f32>', written: true }],
      declarations: rowFold(shape, 'totalOf', 'f32', (a, b) => `${a} + ${b}`),
      body: ({ load, forElements, fold }) => `
  var sum = 0.0;
${forElements(`    sum += ${load('gradient')} * ${load('result')};`)}
  let total = ${fold('totalOf', 'sum')};
  if (isActive && lane == 0u) { levels[row] = vec2<f32>(${load('logSumExp')}, total); }`,
    },
    shape,
    slots,
  );
}

/** A block of queries goes over all keys that it sees. */
export function queryGradientSource(shape: AttentionShape, withMask: boolean, slots: readonly number[]): KernelSource {
  return attentionKernel(shape, slots, {
    label: 'attention: gradient of queries',
    reads: ['query', 'key', 'value', 'gradient'],
    writes: withMask ? ['ofQuery', 'ofMask'] : ['ofQuery'],
    blocksOf: 'queries',
    withLevels: true,
    body: (code) => queryBody(code, withMask),
  });
}

function queryBody({ matrix, shape }: AttentionCode, withMask: boolean): string {
  const { featureVectors } = shape;
  // The mask's gradient is written everywhere, be it 0.
  return `  let end = ${withMask ? 'p.keys' : `select(p.keys, min(p.keys, first + ${TILE}u), p.causal != 0u)`};
  let own = first + ty * 4u;
${levelsFrom('own')}
${declareVectors('sum', featureVectors)}
  for (var key = 0u; key < end; key += ${TILE}u) {
    let other = key + tx * 4u;
${declareRows('s')}
${multiplyRows('s', matrix('query'), 'first', matrix('key'), 'key')}
${mapRows('s', 'exp32(visible(s[r][c], own + r, other + c, maskStart) - level[r].x)')}
${declareRows('d')}
${multiplyRows('d', matrix('gradient'), 'first', matrix('value'), 'key')}
${mapRows('d', 's[r][c] * (d[r][c] - level[r].y)')}
${withMask ? storeMaskGradient(matrix('ofMask')) : ''}
${accumulate('sum', featureVectors, 'd', matrix('key'), 'key')}
  }
${storeVectors('sum', featureVectors, matrix('ofQuery'), 'own', 'element * p.scale')}`;
}

function storeMaskGradient({ binding, dtype }: Matrix): string {
  const place = 'ofMaskStart + (own + r) * p.ofMaskRow + (other + c) * p.ofMaskColumn';
  return `    for (var r = 0u; r < 4u && firstColumn == 0u && own + r < p.queries; r++) {
      for (var c = 0u; c < 4u && other + c < p.keys; c++) { ${storeElement(binding, dtype, place, 'd[r][c]')} }
    }`;
}

/** A block of keys goes over all queries that see it: rows of the blocks are keys here, columns are queries. */
export function keyGradientSource(shape: AttentionShape, slots: readonly number[]): KernelSource {
  return attentionKernel(shape, slots, {
    label: 'attention: gradients of keys and values',
    reads: ['query', 'key', 'value', 'gradient'],
    writes: ['ofKey', 'ofValue'],
    blocksOf: 'keys',
    withLevels: true,
    body: keyBody,
  });
}

function keyBody({ matrix, shape: { featureVectors, widthVectors } }: AttentionCode): string {
  return `  let own = first + ty * 4u;
${declareVectors('keySum', featureVectors)}
${declareVectors('valueSum', widthVectors)}
  for (var query = select(0u, first, p.causal != 0u); query < p.queries; query += ${TILE}u) {
    let other = query + tx * 4u;
${levelsFrom('other')}
${declareRows('s')}
${multiplyRows('s', matrix('key'), 'first', matrix('query'), 'query')}
${mapRows('s', 'exp32(visible(s[r][c], other + c, own + r, maskStart) - level[c].x)')}
${accumulate('valueSum', widthVectors, 's', matrix('gradient'), 'query')}
${declareRows('d')}
${multiplyRows('d', matrix('value'), 'first', matrix('gradient'), 'query')}
${mapRows('d', 's[r][c] * (d[r][c] - level[c].y)')}
${accumulate('keySum', featureVectors, 'd', matrix('query'), 'query')}
  }
${storeVectors('keySum', featureVectors, matrix('ofKey'), 'own', 'element * p.scale')}
${storeVectors('valueSum', widthVectors, matrix('ofValue'), 'own', 'element')}`;
}

/** Levels of four queries; those beyond the last have that one's, and no weight. */
function levelsFrom(query: string): string {
  return `    var level = array<vec2<f32>, 4>();
    for (var i = 0u; i < 4u; i++) { level[i] = levels[batch * p.queries + min(${query} + i, p.queries - 1u)]; }`;
}
