import type { Tensor } from '@gradus/tensor';
import type { Progress } from '../callback.ts';

/** What was measured of a batch, still on the device. */
export interface MeasuredBatch {
  readonly samples: number;
  /** Means over its samples: the loss, and what came with it. */
  readonly means: Readonly<Record<string, Tensor>>;
  /** The sums of metrics over its samples. */
  readonly sums: Readonly<Record<string, Tensor>>;
}

/** What was measured in a step, still on the device. */
export interface MeasuredStep {
  readonly progress: Progress;
  readonly batches: readonly Pick<MeasuredBatch, 'samples' | 'means'>[];
  /** The sums of metrics over all of its samples. */
  readonly sums: Readonly<Record<string, Tensor>>;
  /** What callbacks measured. */
  readonly extra: Readonly<Record<string, Tensor | number>>;
}
