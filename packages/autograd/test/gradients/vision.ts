import * as t from '@gradus/tensor';
import * as functional from '@gradus/tensor/functional';
import { check, type GradientTable, of } from './case.ts';

const distinct = { ties: false };
const vectors = [of([2, 3]), of([2, 3], 1.2, 3)];
const image = of([1, 1, 3, 3]);

/** Images resized, sampled, shuffled; distances; attention. */
export const vision: GradientTable = {
  cosineSimilarity: [check((a, b) => functional.cosineSimilarity(a, b), vectors)],
  pairwiseDistance: [2, 1, 3].map((p) => check((a, b) => functional.pairwiseDistance(a, b, { p }), vectors)),
  cdist: [2, 1, 3].map((p) => check((a, b) => functional.cdist(a, b, { p }), [of([2, 3]), of([3, 3], 1.2, 3)])),
  pdist: [check((x) => functional.pdist(x), [of([3, 2])], distinct)],
  normalize: [
    check((x) => functional.normalize(x), [of([2, 3])]),
    check((x) => functional.normalize(x, { p: 3, dim: 0 }), [of([2, 3], 0.3, 1)]),
  ],
  localResponseNorm: [check((x) => functional.localResponseNorm(x, 2, { alpha: 0.5 }), [of([1, 4, 2])])],

  interpolate: [
    check((x) => functional.interpolate(x, { scaleFactor: 2 }), [of([1, 2, 3])]),
    check((x) => functional.interpolate(x, { size: 5, mode: 'linear' }), [of([1, 2, 3])]),
    check((x) => functional.interpolate(x, { size: [2, 5], mode: 'bilinear', alignCorners: true }), [image]),
    check((x) => functional.interpolate(x, { size: [4, 2], mode: 'bicubic' }), [image]),
    check((x) => functional.interpolate(x, { size: 2, mode: 'area' }), [image]),
    check((x) => functional.interpolate(x, { size: [3, 1, 3], mode: 'trilinear' }), [of([1, 1, 2, 2, 2])]),
  ],
  upsampleNearest: [check((x) => functional.upsampleNearest(x, { scaleFactor: 2 }), [image])],
  upsampleBilinear: [check((x) => functional.upsampleBilinear(x, { size: 4 }), [image])],
  // The grid's coordinates stay off the elements, where the slope changes.
  gridSample: [
    ...(['zeros', 'border', 'reflection'] as const).map((paddingMode) =>
      check(
        (x, grid) => functional.gridSample(x, grid, { paddingMode, alignCorners: true }),
        [image, of([1, 2, 2, 2], -0.93, 0.87)],
      ),
    ),
    check((x, grid) => functional.gridSample(x, grid, { mode: 'bicubic' }), [image, of([1, 1, 2, 2], -0.5, 0.5)]),
    check(
      (x) => functional.gridSample(x, t.full([1, 1, 2, 2], 0.3, { dtype: 'float64' }), { mode: 'nearest' }),
      [image],
    ),
  ],
  affineGrid: [check((theta) => functional.affineGrid(theta, [1, 1, 2, 3]), [of([1, 2, 3])])],
  pixelShuffle: [check((x) => functional.pixelShuffle(x, 2), [of([4, 2, 1])])],
  pixelUnshuffle: [check((x) => functional.pixelUnshuffle(x, 2), [of([1, 2, 4])])],
  channelShuffle: [check((x) => functional.channelShuffle(x, 2), [of([1, 4, 2])])],
  unfold2d: [check((x) => functional.unfold2d(x, 2, { padding: 1, stride: 2 }), [image])],
  fold2d: [check((x) => functional.fold2d(x, [3, 3], 2), [of([1, 4, 4])])],
  lpPool1d: [check((x) => functional.lpPool1d(x, 3, 2), [of([1, 2, 4], 0.3, 1)])],
  lpPool2d: [check((x) => functional.lpPool2d(x, 2, 2, { stride: 1 }), [of([1, 1, 3, 3], 0.3, 1)])],
  maxUnpool1d: [check((x) => functional.maxUnpool1d(x, places([1, 1, 2], [1, 2]), 2), [of([1, 1, 2])])],
  maxUnpool2d: [check((x) => functional.maxUnpool2d(x, places([1, 1, 1, 2], [5, 2]), 2), [of([1, 1, 1, 2])])],
  maxUnpool3d: [check((x) => functional.maxUnpool3d(x, places([1, 1, 1, 1, 1], [6]), 2), [of([1, 1, 1, 1, 1])])],

  multiHeadAttention: [
    // Self-attention takes its three projections in one product.
    check(
      (x, w, o) => attended(x, x, x, { inProj: w, outProj: o }, { heads: 2 }),
      [of([2, 1, 2]), of([6, 2]), of([2, 2])],
    ),
    check(
      (q, k, v, wq, wk, wv, b, o) =>
        attended(q, k, v, { inProj: [wq, wk, wv], inProjBias: b, outProj: o }, { heads: 1, batchFirst: true }),
      [of([1, 2, 2]), of([1, 3, 1]), of([1, 3, 1]), of([2, 2]), of([2, 1]), of([2, 1]), of([6]), of([2, 2])],
    ),
    check(
      (x, w, o, bias, row, mask) =>
        attended(
          x,
          x,
          x,
          { inProj: w, outProj: o, outProjBias: bias, biasK: row, biasV: row },
          { heads: 1, addZeroAttn: true, attnMask: mask },
        ),
      [of([2, 2]), of([6, 2]), of([2, 2]), of([2]), of([1, 1, 2]), of([2, 2])],
    ),
  ],

  lstmSequence: [
    check(
      (x, w, h, c) => Object.values(functional.lstmSequence(x, w, h, c)),
      [of([2, 1, 8]), of([8, 2]), of([1, 2]), of([1, 2])],
    ),
    check(
      (x, w, h, c) => functional.lstmSequence(x, w, h, c, { reverse: true }).hidden,
      [of([3, 2, 4]), of([4, 1]), of([2, 1]), of([2, 1])],
    ),
  ],

  scaledDotProductAttention: [
    check((q, k, v) => functional.scaledDotProductAttention(q, k, v), [of([2, 3]), of([4, 3]), of([4, 2])]),
    check(
      (q, k, v) => functional.scaledDotProductAttention(q, k, v, { isCausal: true, scale: 0.7 }),
      [of([1, 2, 3]), of([1, 2, 3]), of([1, 2, 2])],
    ),
    check(
      (q, k, v, mask) => functional.scaledDotProductAttention(q, k, v, { mask }),
      [of([2, 3]), of([2, 3]), of([2, 2]), of([2, 2])],
    ),
  ],
  scaledDotProductAttentionWithWeights: [
    check(
      (q, k, v) => Object.values(functional.scaledDotProductAttentionWithWeights(q, k, v)),
      [of([2, 3]), of([2, 3]), of([2, 2])],
    ),
  ],
};

function places(shape: readonly number[], indices: readonly number[]): t.Tensor {
  return t.fromValues(indices, shape, { dtype: 'int32' });
}

/** Output and weights. */
function attended(...args: Parameters<typeof functional.multiHeadAttention>): readonly t.Tensor[] {
  const { output, weights } = functional.multiHeadAttention(...args);
  return weights === null ? [output] : [output, weights];
}
