import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { tensor as make, type Tensor, type TensorOptions } from '@gradus/tensor';
import '../src/index.ts';

await use(cpu());

/** float64 tensors, which finite differences need. */
export function f64(data: Parameters<typeof make>[0], options: TensorOptions = {}): Tensor {
  return make(data, { dtype: 'float64', ...options });
}

/** A float64 leaf that requires grad, with distinct values in (-1, 1). */
export function leaf(shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, (_, i) => Math.sin(seed * 12.9898 + (i + 1) * 78.233));
  return make(values, { dtype: 'float64' })
    .reshape([...shape])
    .clone()
    .detach()
    .setRequiresGrad();
}
