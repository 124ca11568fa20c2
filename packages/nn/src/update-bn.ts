import { scope, type Tensor, unrecorded } from '@gradus/tensor';
import { BatchNorm } from './layers/batch-norm.ts';
import type { Module } from './module.ts';

/**
 * Computes the running statistics of all batch norms anew, as the mean over `batches`: for weights that no training has run with,
 * such as averaged ones.
 *
 * @see https://pytorch.org/docs/stable/optim.html#taking-care-of-batch-normalization
 */
export async function updateBN(batches: Iterable<Tensor> | AsyncIterable<Tensor>, model: Module): Promise<void> {
  const norms = Array.from(model.namedModules(), ([, module]) => module).filter(
    (module) => module instanceof BatchNorm,
  );
  if (norms.length === 0) return;
  const momenta = norms.map((norm) => norm.momentum);
  const { training } = model;
  unrecorded(() => {
    for (const { runningMean, runningVar, numBatchesTracked } of norms) {
      runningMean?.zero_();
      runningVar?.fill_(1);
      numBatchesTracked?.zero_();
    }
  });
  for (const norm of norms) norm.momentum = null;
  model.train();
  for await (const batch of batches) unrecorded(() => scope(() => void model.forward(batch)));
  for (const [i, norm] of norms.entries()) norm.momentum = momenta[i] as number | null;
  model.train(training);
}
