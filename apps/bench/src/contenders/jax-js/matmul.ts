import { type Array as JaxArray, numpy as np } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import { checksum } from '../../numbers.ts';
import type { Matmul } from '../../workloads/matmul.ts';
import { type Arrays, arrayOf, type Transform, take } from './arrays.ts';

export function matmul(workload: Matmul, transform: Transform): Step {
  const [a, b] = [arrayOf(workload.a), arrayOf(workload.b)];
  const run = transform((inputs) => [{ product: np.matmul(take(inputs as Arrays, 'a'), take(inputs as Arrays, 'b')) }]);
  let last: JaxArray | null = null;
  return async () => {
    last?.dispose();
    const [results] = run({ a: a.ref, b: b.ref }) as [Arrays];
    const product = take(results, 'product');
    last = product;
    // Work is lazy until then.
    await product.blockUntilReady();
    return async () => checksum((await product.ref.data()) as Float32Array);
  };
}
