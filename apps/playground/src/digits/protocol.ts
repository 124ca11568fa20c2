import type { BackendName } from '../training/backends.ts';
import type { ModelName } from './models.ts';
import type { OptimizerName } from './optimizers.ts';

/** Images per step. */
export const BATCH_SIZE = 64;

/** What a training of digits is told. */
export interface DigitsOptions {
  /** Where the site is: the files of digits lie there. */
  readonly site: string;
  readonly backend: BackendName;
  readonly model: ModelName;
  readonly optimizer: OptimizerName;
  readonly lr: number;
  readonly epochs: number;
}

/** A question to the model as it is now: 28 x 28 bytes, 0 is paper. */
export interface Question {
  readonly image: Uint8Array;
}

/** What the worker says beside the events of training. */
export type DigitsMessage =
  | { readonly type: 'model'; readonly parameters: number }
  | { readonly type: 'answer'; readonly probabilities: readonly number[] };
