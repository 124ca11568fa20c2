import type { Backend } from '../backend.ts';
import type { FusedKernel, FusedName } from '../fused.ts';
import { convolution, convolutionInput, convolutionWeight } from './convolution.ts';
import { maxPool } from './pool.ts';
import { softmax } from './softmax.ts';

type Decompositions = {
  readonly [Name in FusedName]: (backend: Backend, kernel: Extract<FusedKernel, { name: Name }>) => void;
};

const decompositions: Decompositions = {
  softmax,
  convolution,
  convolutionInput,
  convolutionWeight,
  maxPool,
  factorization: (backend, kernel) => kernel.algorithm.decompose(backend, kernel),
};

/** Runs a fused kernel as kernels of the seven kinds: its definition. */
export function decompose(backend: Backend, kernel: FusedKernel): void {
  (decompositions[kernel.name] as (backend: Backend, kernel: FusedKernel) => void)(backend, kernel);
}
