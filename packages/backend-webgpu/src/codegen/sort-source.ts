import { type DType, isFloat } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { valueType } from './value-type.ts';

/** Elements that one workgroup sorts in shared memory: two per invocation. */
export const BLOCK: number = 2 * WORKGROUP;

const pairs: readonly Binding[] = [
  { name: 'keys', element: 'u32', written: true },
  { name: 'places', element: 'u32', written: true },
];

function lineParams(rank: number, views: readonly string[]): readonly Param[] {
  return [
    ...sizeParams('c', rank),
    ...views.flatMap((view) => [...viewParams(view, 'c', rank), ...params('u32', `${view}Step`)]),
  ];
}

/** Keys in the values' order, and every element's place; behind a line's end come keys that stay last. */
export function keySource(dtype: DType, rank: number, descending: boolean): KernelSource {
  const { bindings, of } = bindingsOf([{ dtype, written: false }], [0]);
  const load = loadElement(of(0), dtype, `${position('x', 'c', rank)} + i * p.xStep`);
  const body = `  if (thread >= p.total) { return; }
  let i = thread % p.padded;
${coordinates('c', rank, 'thread / p.padded')}
  var key = 0xffffffffu;
  if (i < p.length) { key = ${descending ? '~' : ''}sortKey(${load}); }
  keys[thread] = key;
  places[thread] = i;`;
  return {
    label: 'sort: keys',
    bindings: [...bindings, ...pairs],
    params: [...params('u32', 'total', 'length', 'padded'), ...lineParams(rank, ['x'])],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(load) + sortKey(dtype),
    body,
  };
}

function sortKey(dtype: DType): string {
  const type = valueType(dtype);
  if (type === 'bool') return 'fn sortKey(x: bool) -> u32 { return u32(x); }';
  if (type === 'u32') return 'fn sortKey(x: u32) -> u32 { return x; }';
  if (!isFloat(dtype)) return 'fn sortKey(x: i32) -> u32 { return bitcast<u32>(x) ^ 0x80000000u; }';
  // Both zeros are equal, and NaN is the largest.
  return `fn sortKey(x: f32) -> u32 {
  let word = bitcast<u32>(x);
  let magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  if (magnitude == 0u) { return 0x80000000u; }
  return select(word | 0x80000000u, ~word, word > 0x80000000u);
}`;
}

const comparison = `
fn isAfter(key: u32, place: u32, otherKey: u32, otherPlace: u32) -> bool {
  return key > otherKey || (key == otherKey && place > otherPlace);
}`;

/** All steps within a block, for runs from size `from` to size `to`. */
export function mergeBlocksSource(): KernelSource {
  return {
    label: 'sort: blocks',
    bindings: pairs,
    params: params('u32', 'total', 'padded', 'first', 'last'),
    workgroup: [WORKGROUP, 1, 1],
    declarations: `
var<workgroup> blockKeys: array<u32, ${BLOCK}>;
var<workgroup> blockPlaces: array<u32, ${BLOCK}>;
${comparison}`,
    body: `  let start = group * ${BLOCK}u;
  for (var half = 0u; half < 2u; half++) {
    let i = local + half * ${WORKGROUP}u;
    let inside = start + i < p.total;
    blockKeys[i] = select(0xffffffffu, keys[min(start + i, p.total - 1u)], inside);
    blockPlaces[i] = select(i, places[min(start + i, p.total - 1u)], inside);
  }
  workgroupBarrier();
  for (var size = p.first; size <= p.last; size = size << 1u) {
    for (var distance = min(size >> 1u, ${WORKGROUP}u); distance > 0u; distance = distance >> 1u) {
      let i = (local / distance) * 2u * distance + local % distance;
      let up = (((start + i) & (p.padded - 1u)) & size) == 0u;
      let other = i + distance;
      let keyA = blockKeys[i];
      let placeA = blockPlaces[i];
      let keyB = blockKeys[other];
      let placeB = blockPlaces[other];
      if (isAfter(keyA, placeA, keyB, placeB) == up) {
        blockKeys[i] = keyB;
        blockPlaces[i] = placeB;
        blockKeys[other] = keyA;
        blockPlaces[other] = placeA;
      }
      workgroupBarrier();
    }
  }
  for (var half = 0u; half < 2u; half++) {
    let i = local + half * ${WORKGROUP}u;
    if (start + i < p.total) {
      keys[start + i] = blockKeys[i];
      places[start + i] = blockPlaces[i];
    }
  }`,
  };
}

/** One step over pairs that are farther apart than a block is long. */
export function mergeStepSource(): KernelSource {
  return {
    label: 'sort: step',
    bindings: pairs,
    params: params('u32', 'pairs', 'padded', 'size', 'distance'),
    workgroup: [WORKGROUP, 1, 1],
    declarations: comparison,
    body: `  if (thread >= p.pairs) { return; }
  let i = (thread / p.distance) * 2u * p.distance + thread % p.distance;
  let up = ((i & (p.padded - 1u)) & p.size) == 0u;
  let other = i + p.distance;
  let keyA = keys[i];
  let placeA = places[i];
  let keyB = keys[other];
  let placeB = places[other];
  if (isAfter(keyA, placeA, keyB, placeB) == up) {
    keys[i] = keyB;
    places[i] = placeB;
    keys[other] = keyA;
    places[other] = placeA;
  }`,
  };
}

/** Values from where the sorted places point to. */
export function finishSource(dtype: DType, rank: number, slots: readonly number[]): KernelSource {
  const { bindings, of } = bindingsOf(
    [
      { dtype, written: false },
      { dtype, written: true },
      { dtype: 'int32', written: true },
    ],
    slots,
  );
  const body = `  if (thread >= p.size) { return; }
  let i = thread % p.length;
  let line = thread / p.length;
${coordinates('c', rank, 'line')}
  let place = places[line * p.padded + i];
  let value = ${loadElement(of(0), dtype, `${position('x', 'c', rank)} + place * p.xStep`)};
  ${storeElement(of(1), dtype, `${position('values', 'c', rank)} + i * p.valuesStep`, 'value')}
  ${storeElement(of(2), 'int32', `${position('at', 'c', rank)} + i * p.atStep`, 'i32(place)')}`;
  return {
    label: 'sort: values',
    bindings: [...bindings, { name: 'places', element: 'u32', written: false }],
    params: [...params('u32', 'size', 'length', 'padded'), ...lineParams(rank, ['x', 'values', 'at'])],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
