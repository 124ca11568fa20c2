import * as t from '@gradus/tensor';
import * as F from '@gradus/tensor/functional';
import { check, type GradientTable, of } from './case.ts';

const x23 = [of([2, 3])];
const x34 = [of([3, 4])];

/** Ops that move, repeat, join and split elements. All are linear. */
export const movement: GradientTable = {
  reshape: [
    check((x) => t.reshape(x, [3, 2]), x23),
    check((x) => t.reshape(x, [1, 1]), [of([])]),
    check((x) => t.reshape(x, [3, 0]), [of([0, 2])]),
  ],
  view: [check((x) => t.view(t.clone(x), [3, -1]), x23)],
  permute: [check((x) => t.permute(x, [2, 0, 1]), [of([2, 1, 3])])],
  transpose: [check((x) => t.transpose(x, 0, -1), x23)],
  movedim: [check((x) => t.movedim(x, 0, -1), [of([2, 1, 3])])],
  expand: [
    check((x) => t.expand(x, [2, 3, 2]), [of([3, 1])]),
    check((x) => t.expand(x, [2, 2]), [of([])]),
    check((x) => t.expand(x, [0, 2]), [of([2])]),
  ],
  expandAs: [check((x) => t.expandAs(x, t.zeros([2, 3])), [of([3])])],
  reshapeAs: [check((x) => t.reshapeAs(x, t.zeros([6])), x23)],
  viewAs: [check((x) => t.viewAs(t.clone(x), t.zeros([6])), x23)],
  squeeze: [check((x) => t.squeeze(x), [of([1, 3, 1])]), check((x) => t.squeeze(x, 0), [of([1, 3, 1])])],
  unsqueeze: [check((x) => t.unsqueeze(x, 1), x23), check((x) => t.unsqueeze(x, 0), [of([])])],
  flatten: [
    check((x) => t.flatten(x), x23),
    check((x) => t.flatten(x), [of([])]),
    check((x) => t.flatten(x, 1), [of([2, 1, 3])]),
  ],
  unflatten: [check((x) => t.unflatten(x, 1, [2, -1]), [of([2, 4])])],
  slice: [check((x) => t.slice(x, 1, 1, 4, 2), [of([2, 5])]), check((x) => t.slice(x, 0, 2, 2), [of([3])])],
  narrow: [check((x) => t.narrow(x, 1, 1, 2), x23)],
  select: [check((x) => t.select(x, 1, -1), x23)],
  flip: [check((x) => t.flip(x), x23), check((x) => t.flip(x, 0), x23)],
  fliplr: [check((x) => t.fliplr(x), x23)],
  flipud: [check((x) => t.flipud(x), x23)],
  // Overlapping windows: gradients add up.
  unfold: [check((x) => t.unfold(x, 1, 3, 1), [of([2, 4])]), check((x) => t.unfold(x, 0, 2, 2), [of([5])])],
  diagonal: [
    check((x) => t.diagonal(x), x34),
    check((x) => t.diagonal(x, 1, 0, 2), [of([2, 2, 3])]),
    check((x) => t.diagonal(x, -1), x34),
  ],
  diag: [check((x) => t.diag(x, { diagonal: 1 }), [of([2])]), check((x) => t.diag(x), x34)],
  diagEmbed: [check((x) => t.diagEmbed(x), x23)],
  diagflat: [check((x) => t.diagflat(x, { offset: -1 }), [of([2])])],
  asStrided: [
    check((x) => t.asStrided(t.clone(x), [2, 2], [1, 1]), [of([4])]),
    check((x) => t.asStrided(t.clone(x), [2, 2], [3, 1], 1), [of([2, 4])]),
  ],
  t: [check((x) => t.t(x), x23)],
  atleast1d: [check((x) => t.atleast1d(x), [of([])])],
  atleast2d: [check((x) => t.atleast2d(x), [of([2])])],
  atleast3d: [check((x) => t.atleast3d(x), x23)],
  rot90: [0, 1, 2, 3].map((k) => check((x) => t.mul(t.rot90(x, { k }), 2), x23)),
  roll: [check((x) => t.roll(x, 2), x23), check((x) => t.roll(x, [1, -2], { dims: [0, 1] }), x23)],
  repeat: [check((x) => t.repeat(x, [2, 1, 2]), x23), check((x) => t.repeat(x, [0, 1]), x23)],
  tile: [check((x) => t.tile(x, [2]), x23)],
  repeatInterleave: [
    check((x) => t.repeatInterleave(x, 2), x23),
    check((x) => t.repeatInterleave(x, [2, 0, 1], { dim: 1 }), x23),
  ],
  repeatInterleaveSync: [
    check((x) => t.repeatInterleaveSync(x, t.tensor([2, 0, 1], { dtype: 'int32' }), { dim: 1 }), x23),
  ],
  tril: [check((x) => t.tril(x), x34), check((x) => t.tril(x, { diagonal: 1 }), x34)],
  triu: [check((x) => t.triu(x), x34)],
  tril_: [check((x) => t.tril_(t.clone(x)), x34)],
  triu_: [check((x) => t.triu_(t.clone(x)), x34)],
  pad: [
    check((x) => F.pad(x, [1, 2, 1, 0]), x23),
    check((x) => F.pad(x, [-1, 1]), x23),
    ...(['reflect', 'replicate', 'circular'] as const).map((mode) =>
      check((x) => F.pad(x, [2, 1], { mode }), [of([1, 2, 4])]),
    ),
  ],
};

const parts = [of([2, 3]), of([1, 3]), of([0, 3])];
const columns = [of([2]), of([2])];

export const joining: GradientTable = {
  cat: [check((...xs) => t.cat(xs), parts), check((...xs) => t.cat(xs, { dim: 1 }), [of([2, 1]), of([2, 2])])],
  stack: [check((...xs) => t.stack(xs, { dim: -1 }), [of([2, 3]), of([2, 3])])],
  hstack: [check((...xs) => t.hstack(xs), columns)],
  vstack: [check((...xs) => t.vstack(xs), columns)],
  dstack: [check((...xs) => t.dstack(xs), columns)],
  columnStack: [check((...xs) => t.columnStack(xs), columns)],
  blockDiag: [check((...xs) => t.blockDiag(...xs), [of([2, 1]), of([2, 2]), of([])])],
  broadcastTensors: [check((...xs) => t.broadcastTensors(...xs), [of([2, 1]), of([3])])],
  meshgrid: (['ij', 'xy'] as const).map((indexing) =>
    check((...xs) => t.meshgrid(xs, { indexing }), [of([2]), of([3])]),
  ),
  cartesianProd: [check((...xs) => t.cartesianProd(...xs), [of([2]), of([3])])],
  combinations: [
    check((x) => t.combinations(x), [of([3])]),
    check((x) => t.combinations(x, { withReplacement: true }), [of([2])]),
  ],
  split: [check((x) => t.split(x, 2), [of([5])]), check((x) => t.split(x, [1, 2], { dim: 1 }), x23)],
  splitWithSizes: [check((x) => t.splitWithSizes(x, [1, 2], { dim: 1 }), x23)],
  chunk: [check((x) => t.chunk(x, 2), [of([3, 2])])],
  tensorSplit: [check((x) => t.tensorSplit(x, [1, 3]), [of([4])])],
  hsplit: [check((x) => t.hsplit(x, 2), [of([2, 4])])],
  vsplit: [check((x) => t.vsplit(x, 2), [of([2, 2])])],
  dsplit: [check((x) => t.dsplit(x, 2), [of([1, 2, 2])])],
  unbind: [check((x) => t.unbind(x, { dim: 1 }), x23)],
};

// Differences of values that were rounded to fewer bits: large steps, and what the rounding leaves.
const single = { eps: 0.25, atol: 1e-5 };
const half = { eps: 0.25, atol: 1e-2 };
const brain = { eps: 0.25, atol: 5e-2 };

/** Copies and conversions. Their outputs are brought back to float64, in which differences are taken. */
export const conversion: GradientTable = {
  to: [check((x) => t.to(t.to(x, 'float32'), 'float64'), x23, { tolerance: single })],
  float: [check((x) => t.double(t.float(x)), x23, { tolerance: single })],
  double: [check((x) => t.mul(t.double(x), 2), x23)],
  half: [check((x) => t.double(t.half(x)), x23, { tolerance: half })],
  bfloat16: [check((x) => t.double(t.bfloat16(x)), x23, { tolerance: brain })],
  clone: [check((x) => t.clone(x), x23), check((x) => t.clone(x), [of([])]), check((x) => t.clone(x), [of([0])])],
  contiguous: [check((x) => t.contiguous(x.mT), x23)],
  copy_: [check((x, y) => t.copy_(t.clone(x), y), [of([2, 3]), of([3])])],
  fill: [check((x, value) => t.fill(x, value), [of([2, 3]), of([])])],
  fill_: [check((x, value) => t.fill_(t.clone(x), value), [of([2, 3]), of([])])],
  zero_: [check((x) => t.mul(t.zero_(t.clone(x)), x), x23)],
};
