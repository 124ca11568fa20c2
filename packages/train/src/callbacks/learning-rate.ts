import type { Tensor } from '@gradus/tensor';
import type { Callback } from '../callback.ts';
import type { Trainer } from '../trainer.ts';

/** Measures the learning rate of every step as `learningRate`; of several parameter groups as `learningRate0`, and so on. */
export class LearningRate<Batch> implements Callback<Batch> {
  onGradients({ options }: Trainer<Batch, unknown>): Readonly<Record<string, Tensor | number>> {
    const groups = options.optimizer.paramGroups;
    return Object.fromEntries(
      groups.map(({ lr }, i) => {
        const name = groups.length === 1 ? 'learningRate' : `learningRate${i}`;
        // A rate that lives on the device changes there in place.
        return [name, typeof lr === 'number' ? lr : lr.clone()];
      }),
    );
  }
}
