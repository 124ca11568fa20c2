import type { Tensor } from '@gradus/tensor';
import { uniform_ } from '../init/distribution.ts';

// kaimingUniform_(weight, { a: sqrt(5) }) in PyTorch's arithmetic, without the other gains: every model would ship them.
const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));

/** PyTorch's default for linear and convolution layers: uniform in +-1 / sqrt(fan in), the weight drawn first. */
export function resetWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  const root = Math.sqrt(weight.size / (weight.shape[0] as number));
  if (weight.size > 0) uniformWithin(weight, Math.sqrt(3) * (gain / root));
  if (bias !== null) uniformWithin(bias, root > 0 ? 1 / root : 0);
}

/** Uniform in +-bound. */
export function uniformWithin(x: Tensor, bound: number): void {
  uniform_(x, { a: -bound, b: bound });
}
