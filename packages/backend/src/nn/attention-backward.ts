import type { Backend } from '../backend.ts';
import { dispatch } from '../dispatch.ts';
import { mul, sub } from '../expression/builder.ts';
import type { AttentionBackwardKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { withScratch } from '../scratch.ts';
import { maskedScores, softmaxInPlace } from './attention.ts';
import { transposed } from './matrices.ts';
import { Operands } from './operands.ts';

type Fields = Omit<AttentionBackwardKernel, 'kind' | 'name' | 'decompose'>;

export function attentionBackward(fields: Fields): AttentionBackwardKernel {
  return { kind: 'fused', name: 'attentionBackward', decompose, ...fields };
}

/**
 * With the weights W and their gradient D = G value^T, where G is that of the output O, the masked scores have the gradient
 * W (D - rowsum(W D)). A backend may take rowsum(G O) instead, which is the same but for rounding (Dao et al. 2022, appendix B.2).
 */
function decompose(backend: Backend, kernel: AttentionBackwardKernel): void {
  const { gradient, query, key, value, logSumExp, scale, outputs } = kernel;
  const [ofQuery, ofKey, ofValue, ofMask] = outputs;
  const multiply = (a: View, b: View, output: View): void =>
    dispatch(backend, { kind: 'matmul', a, b, output, accumulate: false });

  withScratch(backend, (allocate) => {
    const weights = maskedScores(backend, kernel, allocate);
    const { shape } = weights.layout;
    const onePerRow = (): View => allocate(logSumExp.layout.shape, weights.dtype);
    softmaxInPlace(backend, weights, onePerRow(), onePerRow());
    multiply(transposed(weights), gradient, ofValue);

    const ofWeights = allocate(shape, weights.dtype);
    multiply(gradient, transposed(value), ofWeights);
    const level = onePerRow();
    const products = new Operands(shape);
    products.reduce(backend, 'sum', level, mul(products.read(weights), products.read(ofWeights)));

    const operands = new Operands(shape);
    const ofScores = mul(operands.read(weights), sub(operands.read(ofWeights), operands.read(level)));
    const scaled = mul(ofScores, operands.number(scale, weights));
    const [targets, results] = ofMask
      ? [
          [weights, ofMask],
          [scaled, ofScores],
        ]
      : [[weights], [scaled]];
    operands.map(backend, targets, results);
    multiply(weights, key, ofQuery);
    multiply(transposed(weights), query, ofKey);
  });
}
