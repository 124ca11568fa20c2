import * as t from '@gradus/tensor';
import * as statistics from '@gradus/tensor/statistics';
import { check, type GradientCase, type GradientTable, of } from './case.ts';

interface Axes {
  readonly dim?: number | readonly number[];
  readonly keepdim?: boolean;
}

type Reduction = (x: t.Tensor, options?: Axes) => t.Tensor | readonly t.Tensor[];

/** Over everything, some axes and none; of a scalar. */
function overAxes(op: Reduction, low = -1, high = 1, rest: Partial<GradientCase> = {}): readonly GradientCase[] {
  return [
    check((x) => op(x), [of([2, 3], low, high)], rest),
    check((x) => op(x, { dim: [0, -1] }), [of([2, 2, 3], low, high)], rest),
    check((x) => op(x, { dim: 1, keepdim: true }), [of([2, 3], low, high)], rest),
  ];
}

const overScalar = (op: Reduction, low?: number, high?: number): GradientCase =>
  check((x) => op(x), [of([], low, high)]);
const overNothing = (op: Reduction): GradientCase => check((x) => op(x, { dim: 0 }), [of([0, 2])]);
const distinct = { ties: false };
const values = ({ values: found }: { readonly values: t.Tensor }): t.Tensor => found;

export const reduction: GradientTable = {
  sum: [...overAxes(t.sum), overScalar(t.sum), overNothing(t.sum)],
  mean: [...overAxes(t.mean), overScalar(t.mean)],
  nansum: [...overAxes(t.nansum), overNothing(t.nansum)],
  nanmean: overAxes(t.nanmean),
  prod: [
    check((x) => t.prod(x), [of([2, 3])]),
    check((x) => t.prod(x, { dim: 1 }), [of([2, 3])]),
    check((x) => t.prod(x), [of([])]),
    check((x) => t.prod(x, { dim: 0 }), [of([0, 2])]),
    // One zero, and two, in a line.
    check(
      (x) =>
        t.prod(
          t.mul(
            x,
            t.tensor(
              [
                [1, 0, 2],
                [0, 0, 1],
              ],
              { dtype: 'float64' },
            ),
          ),
          { dim: 1 },
        ),
      [of([2, 3])],
    ),
  ],
  amax: [...overAxes(t.amax, -1, 1, distinct), overScalar(t.amax)],
  amin: [...overAxes(t.amin, -1, 1, distinct), overScalar(t.amin)],
  aminmax: [check((x) => Object.values(t.aminmax(x, { dim: 0 })), [of([3, 2])], distinct)],
  max: [
    check((x) => t.max(x), [of([2, 3])], distinct),
    check((x) => values(t.max(x, { dim: 1 })), [of([2, 3])], distinct),
    check((x) => values(t.max(x, { dim: 0, keepdim: true })), [of([2, 3])], distinct),
    check((x) => values(t.max(x, { dim: 0 })), [of([])]),
  ],
  min: [
    check((x) => t.min(x), [of([2, 3])], distinct),
    check((x) => values(t.min(x, { dim: 0 })), [of([2, 3])], distinct),
  ],
  logsumexp: [...overAxes(t.logsumexp), overScalar(t.logsumexp)],
  var: [...overAxes(t.var), check((x) => t.var(x, { dim: 0, unbiased: false }), [of([3, 2])])],
  // The root of a variance 0 has no slope: slices that are equal are left out.
  std: overAxes(t.std, -1, 1, distinct),
  varMean: overAxes(t.varMean),
  stdMean: overAxes(t.stdMean, -1, 1, distinct),
  trace: [check((x) => t.trace(x), [of([3, 4])])],
  sumToSize: [check((x) => t.sumToSize(x, [1, 3]), [of([2, 2, 3])])],
  norm: [
    ...[2, 1, 3, 0.5, Number.POSITIVE_INFINITY].flatMap((p) =>
      overAxes((x, axes) => t.norm(x, { ...axes, p }), 0.2, 2, distinct),
    ),
    check((x) => t.norm(x, { p: 'fro' }), [of([2, 3])]),
    check((x) => t.norm(x), [of([], 0.5, 1)]),
  ],
  segmentReduce: (['sum', 'mean', 'prod', 'max', 'min'] as const).map((reduce) =>
    check(
      (x) => statistics.segmentReduce(x, reduce, { lengths: t.tensor([2, 1, 2], { dtype: 'int32' }) }),
      [of([5, 2])],
      distinct,
    ),
  ),
  dist: [check((a, b) => t.dist(a, b, { p: 3 }), [of([2, 3]), of([3], 2, 3)])],
  renorm: [check((x) => t.renorm(x, 2, 0, 0.8), [of([3, 2])])],
  cov: [
    check((x) => statistics.cov(x), [of([2, 4])]),
    check((x, w) => statistics.cov(x, { aweights: w, correction: 0 }), [of([2, 4]), of([4], 0.5, 1)]),
  ],
  corrcoef: [check((x) => statistics.corrcoef(x), [of([2, 5])], distinct)],
  diff: [
    check((x) => statistics.diff(x, { n: 2 }), [of([2, 4])]),
    check((x, y) => statistics.diff(x, { dim: 0, append: y }), [of([2, 2]), of([1, 2])]),
  ],
  gradient: [
    check((x) => statistics.gradient(x, { spacing: 0.5 }), [of([3, 3])]),
    check((x) => statistics.gradient(x, { edgeOrder: 2, dim: 1 }), [of([2, 4])]),
  ],
  trapezoid: [
    check((y) => statistics.trapezoid(y, { dx: 0.5 }), [of([2, 3])]),
    check((y, x) => statistics.trapezoid(y, { x }), [of([2, 3]), of([3])]),
  ],
  cumulativeTrapezoid: [check((y) => statistics.cumulativeTrapezoid(y, { dim: 0 }), [of([3, 2])])],
};

export const scans: GradientTable = {
  cumsum: [
    check((x) => t.cumsum(x, 1), [of([2, 3])]),
    check((x) => t.cumsum(x, 0), [of([])]),
    check((x) => t.cumsum(x, 0), [of([0, 2])]),
  ],
  cumprod: [
    check((x) => t.cumprod(x, 1), [of([2, 3])]),
    check((x) => t.cumprod(x, 0), [of([])]),
    check((x) => t.cumprod(x, 0), [of([0, 2])]),
    // One zero, and two, in a line.
    check(
      (x) =>
        t.cumprod(
          t.mul(
            x,
            t.tensor(
              [
                [1, 0, 2, 3],
                [0, 1, 0, 1],
              ],
              { dtype: 'float64' },
            ),
          ),
          1,
        ),
      [of([2, 4])],
    ),
  ],
  logcumsumexp: [
    check((x) => t.logcumsumexp(x, 1), [of([2, 3])]),
    check((x) => t.logcumsumexp(x, 0), [of([])]),
    check((x) => t.logcumsumexp(x, 0), [of([0])]),
  ],
  cummax: [
    check((x) => values(t.cummax(x, 1)), [of([2, 4])], distinct),
    check((x) => values(t.cummax(x, 0)), [of([])]),
  ],
  cummin: [
    check((x) => values(t.cummin(x, 0)), [of([4, 2])], distinct),
    check((x) => values(t.cummin(x, 0)), [of([])]),
  ],
};

export const order: GradientTable = {
  sort: [
    check((x) => values(t.sort(x)), [of([2, 3])], distinct),
    check((x) => values(t.sort(x, { dim: 0, descending: true })), [of([3, 2])], distinct),
    check((x) => values(t.sort(x)), [of([])]),
    check((x) => values(t.sort(x)), [of([0, 2])]),
  ],
  topk: [
    check((x) => values(t.topk(x, 2)), [of([2, 4])], distinct),
    check((x) => values(t.topk(x, 1, { dim: 0, largest: false })), [of([3, 2])], distinct),
    check((x) => values(t.topk(x, 1)), [of([])]),
  ],
  kthvalue: [
    check((x) => values(t.kthvalue(x, 2)), [of([2, 3])], distinct),
    check((x) => values(t.kthvalue(x, 1)), [of([])]),
  ],
  mode: [check((x) => values(statistics.mode(x)), [of([2, 3])], distinct)],
  median: [
    check((x) => statistics.median(x), [of([5])], distinct),
    check((x) => values(statistics.median(x, { dim: 1 })), [of([2, 3])], distinct),
    check((x) => statistics.median(x), [of([])]),
  ],
  nanmedian: [
    check((x) => statistics.nanmedian(x), [of([5])], distinct),
    check((x) => values(statistics.nanmedian(x, { dim: 0 })), [of([3, 2])], distinct),
  ],
  quantile: [
    check((x) => statistics.quantile(x, 0.3), [of([5])], distinct),
    check(
      (x) => statistics.quantile(x, t.tensor([0.1, 0.8], { dtype: 'float64' }), { dim: 1, interpolation: 'midpoint' }),
      [of([2, 4])],
      distinct,
    ),
  ],
  nanquantile: [check((x) => statistics.nanquantile(x, 0.7, { dim: 0 }), [of([4, 2])], distinct)],
};
