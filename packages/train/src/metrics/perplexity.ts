import { crossEntropy } from '@gradus/losses';
import { ne, stack, sum } from '@gradus/tensor';
import type { Metric, Target } from './metric.ts';

/**
 * e to the mean cross entropy per token: among how many equally likely tokens the model is undecided. Outputs are logits [N, C]
 * or [N, C, T], targets [N] or [N, T]; those that equal `ignoreIndex` (-100 if left out) don't count.
 */
export function perplexity<Batch>(
  target: Target<Batch>,
  { ignoreIndex = -100 }: { readonly ignoreIndex?: number } = {},
): Metric<Batch> {
  return {
    name: 'perplexity',
    compute: (outputs, batch) => {
      const tokens = target(batch);
      const entropy = crossEntropy(outputs, tokens, { reduction: 'sum', ignoreIndex });
      return stack([entropy, sum(ne(tokens, ignoreIndex)).to(entropy.dtype)]);
    },
    finish: ([entropy, tokens]) => Math.exp((entropy as number) / (tokens as number)),
  };
}
