import * as t from '@gradus/tensor';
import * as F from '@gradus/tensor/functional';
import * as linalg from '@gradus/tensor/linalg';
import { check, type GradientTable, of } from './case.ts';

const [v3, m23, m34, b23, b34] = [of([3]), of([2, 3]), of([3, 4]), of([2, 2, 3]), of([2, 3, 2])];
const weights = { beta: 0.7, alpha: 1.3 };

export const products: GradientTable = {
  matmul: [
    [v3, v3],
    [m23, v3],
    [v3, m34],
    [m23, m34],
    [of([2, 1, 2, 3]), of([2, 3, 2])],
    [m23, b34],
    [of([0, 3]), m34],
    [of([2, 0]), of([0, 3])],
  ].map((operands) => check(t.matmul, operands)),
  mm: [check(linalg.mm, [m23, m34])],
  bmm: [check(linalg.bmm, [b23, b34])],
  mv: [check(linalg.mv, [m23, v3])],
  dot: [check(linalg.dot, [v3, v3])],
  vecdot: [
    check((a, b) => linalg.vecdot(a, b), [b23, m23]),
    check((a, b) => linalg.vecdot(a, b, { dim: 0 }), [m23, m23]),
  ],
  inner: [check(linalg.inner, [m23, of([4, 3])]), check(linalg.inner, [m23, of([])])],
  outer: [check(linalg.outer, [v3, of([2])])],
  addmm: [
    check((x, a, b) => linalg.addmm(x, a, b), [of([4]), m23, m34]),
    check((x, a, b) => linalg.addmm(x, a, b, weights), [of([2, 4]), m23, m34]),
  ],
  addmv: [check((x, a, b) => linalg.addmv(x, a, b, weights), [of([2]), m23, v3])],
  addr: [check((x, a, b) => linalg.addr(x, a, b, weights), [of([3, 2]), v3, of([2])])],
  baddbmm: [check((x, a, b) => linalg.baddbmm(x, a, b, weights), [of([2, 2, 2]), b23, b34])],
  addbmm: [check((x, a, b) => linalg.addbmm(x, a, b, weights), [of([2, 2]), b23, b34])],
  kron: [check(linalg.kron, [m23, of([2])])],
  tensordot: [
    check((a, b) => linalg.tensordot(a, b, { dims: 1 }), [m23, m34]),
    check(
      (a, b) =>
        linalg.tensordot(a, b, {
          dims: [
            [0, 2],
            [2, 1],
          ],
        }),
      [b23, of([2, 3, 2])],
    ),
  ],
  cross: [
    check((a, b) => linalg.cross(a, b), [m23, v3]),
    check((a, b) => linalg.cross(a, b, { dim: 0 }), [of([3, 2]), of([3, 2])]),
  ],
  vander: [check((x) => linalg.vander(x), [v3]), check((x) => linalg.vander(x, { N: 2, increasing: true }), [of([])])],
  einsum: [
    check((a, b) => linalg.einsum('ij,jk->ik', a, b), [m23, m34]),
    check((a) => linalg.einsum('ii->i', a), [of([3, 3])]),
    check((a, b, c) => linalg.einsum('bij,bjk,k->bi', a, b, c), [b23, b34, of([2])]),
    check((a) => linalg.einsum('...i->...', a), [b23]),
  ],
  multiDot: [check((...xs) => linalg.multiDot(xs), [m23, m34, of([4, 2])])],
  bilinear: [check((a, b, w, bias) => F.bilinear(a, b, w, bias), [of([2, 3]), of([2, 2]), of([2, 3, 2]), of([2])])],
  linear: [
    check((x, w) => F.linear(x, w), [m23, of([4, 3])]),
    check((x, w, b) => F.linear(x, w, b), [b23, of([4, 3]), of([4])]),
  ],
};

const image = of([1, 2, 4, 3]);

export const spatial: GradientTable = {
  conv1d: [
    check((x, w) => F.conv1d(x, w), [of([2, 2, 4]), of([2, 2, 2])]),
    check(
      (x, w, bias) => F.conv1d(x, w, { bias, stride: 2, padding: 1, dilation: 2 }),
      [of([2, 5]), of([1, 2, 2]), of([1])],
    ),
    check((x, w) => F.conv1d(x, w, { padding: 'same' }), [of([1, 1, 4]), of([1, 1, 2])]),
  ],
  conv2d: [
    check((x, w, bias) => F.conv2d(x, w, { bias, padding: 1, stride: [2, 1] }), [image, of([2, 2, 2, 2]), of([2])]),
    check((x, w) => F.conv2d(x, w, { groups: 2 }), [image, of([2, 1, 2, 2])]),
    check((x, w) => F.conv2d(x, w), [of([0, 1, 2, 2]), of([1, 1, 2, 2])]),
  ],
  conv3d: [check((x, w) => F.conv3d(x, w), [of([1, 1, 2, 2, 3]), of([2, 1, 2, 1, 2])])],
  convTranspose1d: [
    check(
      (x, w, bias) => F.convTranspose1d(x, w, { bias, stride: 2, padding: 1, outputPadding: 1 }),
      [of([1, 2, 3]), of([2, 1, 3]), of([1])],
    ),
  ],
  convTranspose2d: [
    check((x, w) => F.convTranspose2d(x, w, { groups: 2, dilation: 2 }), [of([1, 2, 2, 2]), of([2, 1, 2, 1])]),
  ],
  convTranspose3d: [check((x, w) => F.convTranspose3d(x, w), [of([1, 1, 1, 2, 2]), of([1, 2, 2, 1, 2])])],
  ...pooled('maxPool1d', (x, options) => F.maxPool1d(x, 2, options), [1, 2, 5]),
  ...pooled('maxPool2d', (x, options) => F.maxPool2d(x, 2, options), [1, 2, 3, 3]),
  ...pooled('maxPool3d', (x, options) => F.maxPool3d(x, 2, options), [1, 1, 2, 3, 2]),
  ...pooled(
    'maxPool1dWithIndices',
    (x, options) => F.maxPool1dWithIndices(x, 3, { ...options, dilation: 2 }).values,
    [1, 1, 6],
  ),
  ...pooled('maxPool2dWithIndices', (x, options) => F.maxPool2dWithIndices(x, 2, options).values, [2, 3, 3]),
  ...pooled('maxPool3dWithIndices', (x, options) => F.maxPool3dWithIndices(x, 2, options).values, [1, 2, 2, 3]),
  ...pooled('avgPool1d', (x, options) => F.avgPool1d(x, 2, options), [1, 2, 5]),
  ...pooled('avgPool2d', (x, options) => F.avgPool2d(x, 2, { ...options, countIncludePad: false }), [1, 2, 3, 3]),
  ...pooled('avgPool3d', (x, options) => F.avgPool3d(x, 2, { ...options, divisorOverride: 3 }), [1, 1, 2, 3, 2]),
  adaptiveAvgPool1d: [
    check((x) => F.adaptiveAvgPool1d(x, 2), [of([1, 2, 3])]),
    check((x) => F.adaptiveAvgPool1d(x, 2), [of([1, 4])]),
  ],
  adaptiveAvgPool2d: [check((x) => F.adaptiveAvgPool2d(x, [2, null]), [of([1, 1, 3, 2])])],
  adaptiveAvgPool3d: [check((x) => F.adaptiveAvgPool3d(x, [1, 2, 2]), [of([1, 1, 2, 3, 2])])],
  adaptiveMaxPool1d: [check((x) => F.adaptiveMaxPool1d(x, 2).values, [of([1, 2, 3])], { ties: false })],
  adaptiveMaxPool2d: [check((x) => F.adaptiveMaxPool2d(x, [2, null]).values, [of([1, 1, 3, 2])], { ties: false })],
  adaptiveMaxPool3d: [check((x) => F.adaptiveMaxPool3d(x, [1, 2, 2]).values, [of([1, 1, 2, 3, 2])], { ties: false })],
};

interface Padding {
  readonly padding?: number;
  readonly stride?: number;
}

/** Windows side by side, and padded ones that overlap. */
function pooled(
  name: string,
  call: (x: t.Tensor, options: Padding) => t.Tensor,
  shape: readonly number[],
): GradientTable {
  const options: readonly Padding[] = [{}, { padding: 1, stride: 1 }];
  return { [name]: options.map((option) => check((x) => call(x, option), [of(shape)], { ties: false })) };
}

const affine = [of([2, 3, 2]), of([3], 0.5, 1), of([3])];
const statistics = (): Pick<F.BatchNormOptions, 'runningMean' | 'runningVar'> => ({
  runningMean: t.full([3], 0.2, { dtype: 'float64' }),
  runningVar: t.full([3], 1.3, { dtype: 'float64' }),
});

export const normalization: GradientTable = {
  softmax: [
    check((x) => t.softmax(x, 1), [of([2, 3])]),
    check((x) => t.softmax(x, 0), [of([2, 3])]),
    check((x) => t.softmax(x, 0), [of([])]),
    check((x) => t.softmax(x, 1), [of([0, 2])]),
  ],
  logSoftmax: [check((x) => t.logSoftmax(x, -1), [of([2, 3])]), check((x) => t.logSoftmax(x, 0), [of([])])],
  softmin: [check((x) => t.softmin(x, 0), [of([2, 3])])],
  layerNorm: [
    check((x, weight, bias) => F.layerNorm(x, [3], { weight, bias }), [of([2, 3]), of([3]), of([3])], { ties: false }),
    check((x) => F.layerNorm(x, [2, 3]), [of([2, 2, 3])], { ties: false }),
  ],
  rmsNorm: [check((x, weight) => F.rmsNorm(x, [3], { weight }), [of([2, 3]), of([3])])],
  batchNorm: [
    check((x, weight, bias) => F.batchNorm(x, { weight, bias, training: true }), affine),
    check((x, weight, bias) => F.batchNorm(x, { weight, bias, ...statistics() }), affine),
    check((x) => F.batchNorm(x, { training: true, ...statistics() }), [of([2, 3, 2])]),
  ],
  instanceNorm: [check((x, weight, bias) => F.instanceNorm(x, { weight, bias }), affine, { ties: false })],
  groupNorm: [
    check((x, weight, bias) => F.groupNorm(x, 2, { weight, bias }), [of([2, 4, 2]), of([4]), of([4])], { ties: false }),
  ],
};
