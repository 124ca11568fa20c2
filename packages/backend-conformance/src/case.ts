import type { Backend } from '@gradus/backend';
import type { DType } from '@gradus/storage';

/** One thing that every backend must do. It throws where the backend doesn't. */
export interface ConformanceCase {
  /** Kernel kind and what is tried: `map: exp float32`. */
  readonly name: string;
  /** dtypes that the backend must have for the case to apply. */
  readonly dtypes: readonly DType[];
  readonly run: (backend: Backend) => void | Promise<void>;
}
