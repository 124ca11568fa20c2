import type { Shape } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { dispatch } from '../dispatch.ts';
import { add, div, exp, gt, log, mul, select, sub } from '../expression/builder.ts';
import { coordinate, type Expression } from '../expression/expression.ts';
import type { AttentionGeometry, AttentionKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { withScratch } from '../scratch.ts';
import { transposed } from './matrices.ts';
import { Operands } from './operands.ts';
import { softmaxSums } from './softmax-sums.ts';

type Fields = Omit<AttentionKernel, 'kind' | 'name' | 'decompose'>;

export function attention(fields: Fields): AttentionKernel {
  return { kind: 'fused', name: 'attention', decompose, ...fields };
}

/** The maximum of a row keeps exp from overflowing; weights are divided by their sum, so that it is 1 after rounding too. */
function decompose(backend: Backend, kernel: AttentionKernel): void {
  const {
    value,
    outputs: [output, logSumExp],
  } = kernel;
  withScratch(backend, (allocate) => {
    const weights = maskedScores(backend, kernel, allocate);
    const highest = allocate(logSumExp.layout.shape, weights.dtype);
    softmaxInPlace(backend, weights, highest, logSumExp);
    const rows = new Operands(highest.layout.shape);
    rows.map(backend, [logSumExp], [add(rows.read(highest), log(rows.read(logSumExp)))]);
    dispatch(backend, { kind: 'matmul', a: weights, b: value, output, accumulate: false });
  });
}

type Scoring = AttentionGeometry & Pick<AttentionKernel, 'query' | 'key' | 'mask'>;

/** query key^T scale + mask, [..., L, S]. */
export function maskedScores(
  backend: Backend,
  { query, key, mask, scale, causal }: Scoring,
  allocate: (shape: Shape, dtype: View['dtype']) => View,
): View {
  const { shape } = query.layout;
  const scores = allocate([...shape.slice(0, -1), key.layout.shape.at(-2) as number], query.dtype);
  dispatch(backend, { kind: 'matmul', a: query, b: transposed(key), output: scores, accumulate: false });
  const operands = new Operands(scores.layout.shape);
  const scaled = mul(operands.read(scores), operands.number(scale, scores));
  const future = gt(coordinate(shape.length - 1), coordinate(shape.length - 2));
  const seen = causal ? select(future, Number.NEGATIVE_INFINITY, scaled) : scaled;
  operands.map(backend, [scores], [mask === null ? seen : masked(seen, operands.read(mask))]);
  return scores;
}

function masked(scores: Expression, mask: Expression): Expression {
  return mask.dtype === 'bool' ? select(mask, scores, Number.NEGATIVE_INFINITY) : add(scores, mask);
}

/** Scores become weights; `highest` and `sum` get each row's largest score, and the sum of exp(score - highest). */
export function softmaxInPlace(backend: Backend, scores: View, highest: View, sum: View): void {
  softmaxSums(backend, scores, highest, sum);
  const operands = new Operands(scores.layout.shape);
  const exponential = exp(sub(operands.read(scores), operands.read(highest)));
  operands.map(backend, [scores], [div(exponential, operands.read(sum))]);
}
