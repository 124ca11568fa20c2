import { type Binding, type KernelSource, params } from '../queue/kernel-source.ts';

/** Bits of the keys that one pass sorts by, and the values that they take. */
export const DIGIT_BITS = 4;
export const DIGITS: number = 2 ** DIGIT_BITS;

/** Neighbouring elements that one invocation counts and places, in their order. */
export const CHUNK = 64;

/** Few, as each has much to do. */
export const RADIX_WORKGROUP = 64;

const sizes = params('u32', 'lines', 'length', 'chunks', 'shift');

const range = `  if (thread >= p.lines * p.chunks) { return; }
  let line = thread / p.chunks;
  let chunk = thread % p.chunks;
  let first = line * p.length + chunk * ${CHUNK}u;
  let end = min(first + ${CHUNK}u, (line + 1u) * p.length);`;

const digit = `(key >> p.shift) & ${DIGITS - 1}u`;

/** How often each digit stands in each chunk; a line's counts lie digit by digit. */
export function countSource(): KernelSource {
  return {
    label: 'sort: counts',
    bindings: [
      { name: 'keys', element: 'u32', written: false },
      { name: 'counts', element: 'i32', written: true },
    ],
    params: sizes,
    workgroup: [RADIX_WORKGROUP, 1, 1],
    body: `${range}
  var own = array<i32, ${DIGITS}>();
  for (var i = first; i < end; i++) {
    let key = keys[i];
    own[${digit}]++;
  }
  for (var d = 0u; d < ${DIGITS}u; d++) { counts[(line * ${DIGITS}u + d) * p.chunks + chunk] = own[d]; }`,
  };
}

const moved: readonly Binding[] = [
  { name: 'keys', element: 'u32', written: false },
  { name: 'places', element: 'u32', written: false },
  { name: 'ends', element: 'i32', written: false },
  { name: 'nextKeys', element: 'u32', written: true },
  { name: 'nextPlaces', element: 'u32', written: true },
];

/** Elements go behind all of smaller digits in their line, and of their own in chunks before: `ends` are the counts' sums. */
export function placeSource(): KernelSource {
  return {
    label: 'sort: places',
    bindings: moved,
    params: sizes,
    workgroup: [RADIX_WORKGROUP, 1, 1],
    body: `${range}
  var next = array<u32, ${DIGITS}>();
  for (var d = 0u; d < ${DIGITS}u; d++) {
    let before = d * p.chunks + chunk;
    if (before > 0u) { next[d] = u32(ends[line * ${DIGITS}u * p.chunks + before - 1u]); }
  }
  for (var i = first; i < end; i++) {
    let key = keys[i];
    let d = ${digit};
    let to = line * p.length + next[d];
    next[d]++;
    nextKeys[to] = key;
    nextPlaces[to] = places[i];
  }`,
  };
}
