import { expressions as e, input as leaf, plainReduceProgram, reduceProgram } from '@gradus/backend';
import { exp, mul, sub, type Tensor } from '@gradus/tensor';
import { reduce, reducedShape } from '@gradus/tensor/launch';
import type { OperationOf, Rule } from './rule.ts';

export const softmax: Rule<OperationOf<'softmax'>> = {
  saves: () => ({ outputs: [0] }),
  backward({ operation: { axis, log }, output }, [g]) {
    if (!g) return [];
    const kept = reducedShape(g.shape, [axis], true);
    if (log) {
      const total = (): Tensor => reduce('sum', plainReduceProgram('sum', g.dtype), [g], [axis], kept);
      return [() => sub(g, mul(exp(output(0)), total()))];
    }
    const products = reduceProgram([g.dtype, g.dtype], [], 'sum', e.mul(leaf(0, g.dtype), leaf(1, g.dtype)));
    return [() => mul(output(0), sub(g, reduce('sum', products, [g, output(0)], [axis], kept)))];
  },
};
