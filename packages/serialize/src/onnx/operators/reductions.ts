import type { Tensor } from '@gradus/tensor';
import * as t from '@gradus/tensor';
import type { Node, Operator } from '../node.ts';

type Options = { readonly dim: readonly number[]; readonly keepdim: boolean };

const reduction =
  (reduce: (x: Tensor, options: Options) => Tensor): Operator =>
  (node) => {
    const axes = node.integers(1, 'axes');
    const x = node.input(0);
    const none = axes === null || axes.length === 0;
    if (none && node.int('noop_with_empty_axes', 0) === 1) return t.clone(x);
    const dim = none ? x.shape.map((_, i) => i) : axes.map((axis) => node.axis(axis));
    if (dim.length === 0) return t.clone(x);
    return reduce(x, { dim, keepdim: node.int('keepdims', 1) === 1 });
  };

/** Operators that fold axes, or find extremes and orders along one. */
export const reductions: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction((x, options) => t.sum(x, { ...options, dtype: x.dtype })),
  ReduceMean: reduction((x, options) => t.mean(x, options)),
  ReduceMax: reduction((x, options) => t.amax(x, options)),
  ReduceMin: reduction((x, options) => t.amin(x, options)),
  ReduceProd: reduction((x, { dim, keepdim }) =>
    [...dim].sort((a, b) => b - a).reduce((product, axis) => t.prod(product, { dim: axis, keepdim }), x),
  ),
  ReduceL1: reduction((x, options) => t.sum(t.abs(x), options)),
  ReduceL2: reduction((x, options) => t.sqrt(t.sum(t.square(x), options))),
  ReduceSumSquare: reduction((x, options) => t.sum(t.square(x), options)),
  ReduceLogSum: reduction((x, options) => t.log(t.sum(x, options))),
  ReduceLogSumExp: reduction((x, options) => t.logsumexp(x, options)),
  ArgMax: extreme(t.argmax),
  ArgMin: extreme(t.argmin),
  TopK: (node) => {
    const k = node.integers(1, 'k')?.[0] ?? node.int('k', 0);
    const options = { dim: node.axis(node.int('axis', -1)), largest: node.int('largest', 1) === 1 };
    const { values, indices } = t.topk(node.input(0), k, options);
    return [values, indices];
  },
  CumSum: (node) => {
    const axis = node.axis(node.numbers(1)?.[0] ?? 0);
    const backwards = node.int('reverse', 0) === 1;
    const x = backwards ? t.flip(node.input(0), [axis]) : node.input(0);
    const sums = t.cumsum(x, axis);
    const shifted = node.int('exclusive', 0) === 1 ? t.sub(sums, x) : sums;
    return backwards ? t.flip(shifted, [axis]) : shifted;
  },
};

function extreme(find: typeof t.argmax): Operator {
  return (node: Node) => {
    if (node.int('select_last_index', 0) === 1) throw node.error('select_last_index is not supported');
    return find(node.input(0), { dim: node.axis(node.int('axis', 0)), keepdim: node.int('keepdims', 1) === 1 });
  };
}
