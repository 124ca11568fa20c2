import type { Backend } from '../backend.ts';
import type { FusedKernel } from '../fused.ts';
import { softmax } from './softmax.ts';

/** Of the kernels that don't bring theirs along. */
type Decompositions = {
  readonly [Kernel in Exclude<FusedKernel, { decompose: unknown }> as Kernel['name']]: (
    backend: Backend,
    kernel: Kernel,
  ) => void;
};

const decompositions: Decompositions = {
  softmax,
  factorization: (backend, kernel) => kernel.algorithm.decompose(backend, kernel),
};

/** Runs a fused kernel as kernels of the seven kinds: its definition. */
export function decompose(backend: Backend, kernel: FusedKernel): void {
  const own = 'decompose' in kernel ? kernel.decompose : decompositions[kernel.name];
  (own as (backend: Backend, kernel: FusedKernel) => void)(backend, kernel);
}
