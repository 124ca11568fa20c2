import type { Tensor } from '@gradus/tensor';
import type { Progress } from '../callback.ts';

/** What was measured in a step, still on the device. */
export interface MeasuredStep {
  readonly progress: Progress;
  /** The mean loss of each of its batches, and their sizes. */
  readonly losses: readonly { readonly loss: Tensor; readonly samples: number }[];
  /** The sums of metrics over all of its samples. */
  readonly sums: Readonly<Record<string, Tensor>>;
  /** What callbacks measured. */
  readonly extra: Readonly<Record<string, Tensor | number>>;
}
