import type { Tensor } from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import { checksum } from '../../numbers.ts';
import type { Matmul } from '../../workloads/matmul.ts';
import { tensorOf } from './training.ts';

export function matmul(workload: Matmul): Step {
  const [a, b] = [tensorOf(workload.a), tensorOf(workload.b)];
  let last: Tensor | null = null;
  return () => {
    last?.dispose();
    const product = a.matmul(b);
    last = product;
    return async () => checksum((await product.data()) as Float32Array);
  };
}
