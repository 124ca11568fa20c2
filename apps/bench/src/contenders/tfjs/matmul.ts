import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import { checksum } from '../../numbers.ts';
import type { Matmul } from '../../workloads/matmul.ts';
import { tensorOf } from './training.ts';

export function matmul(workload: Matmul): Step {
  const [a, b] = [tensorOf(workload.a), tensorOf(workload.b)];
  let last: tf.Tensor | null = null;
  return () => {
    last?.dispose();
    const product = tf.matMul(a, b);
    last = product;
    return async () => checksum(await product.data());
  };
}
