import type { Tensor } from '@gradus/tensor';
import { fans } from '../init/fan.ts';
import { kaimingUniform_, uniform_ } from '../init/index.ts';

/** PyTorch's default for linear and convolution layers: uniform in +-1 / sqrt(fan in), the weight drawn first. */
export function resetWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  if (bias === null) return;
  const { fanIn } = fans('resetParameters', weight);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  uniform_(bias, { a: -bound, b: bound });
}
