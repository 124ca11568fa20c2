import { matmul as multiply } from '@gradus/tensor';
import type { OperationOf, Rule } from './rule.ts';

/** Batch axes that were broadcast are summed by the engine. */
export const matmul: Rule<OperationOf<'matmul'>> = {
  saves: (_, [needsA, needsB]) => ({ inputs: [...(needsB ? [0] : []), ...(needsA ? [1] : [])] }),
  backward: ({ input }, [g]) => (g ? [() => multiply(g, input(1).mT), () => multiply(input(0).mT, g)] : []),
};
