import { formatShape, normalizeAxis, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './movement.ts';
import { geluExact, geluTanh, leakyRelu, mul, sigmoid } from './pointwise/index.ts';
import { chunk } from './splitting.ts';

/** Gaussian error linear unit; `approximate: 'tanh'` takes the cheaper form. (Hendrycks & Gimpel 2016.) */
export function gelu(x: Tensor, options: { readonly approximate?: 'none' | 'tanh' } = {}): Tensor {
  return options.approximate === 'tanh' ? geluTanh(x) : geluExact(x);
}

/** a sigmoid(b) for the halves a, b of x along `dim` (the last axis if left out). (Dauphin et al. 2017.) */
export function glu(x: Tensor, options: { readonly dim?: number } = {}): Tensor {
  const { dim = -1 } = options;
  const size = x.shape[normalizeAxis('glu', dim, x.ndim)] ?? 1;
  if (size % 2 !== 0) throw new ShapeError(`glu: axis ${dim} of ${formatShape(x.shape)} must have an even size`);
  return scope(() => {
    const [a, b] = chunk(x, 2, { dim }) as [Tensor, Tensor];
    return mul(a, sigmoid(b));
  });
}

/** x above 0, weight * x below; one weight for all, or one per channel (axis 1). (He et al. 2015.) */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  if (weight.size === 1) return leakyRelu(x, reshape(weight, []));
  if (weight.ndim !== 1 || weight.size !== x.shape[1]) {
    throw new ShapeError(
      `prelu: needs one weight, or one per channel of ${formatShape(x.shape)}, got ${formatShape(weight.shape)}`,
    );
  }
  return scope(() =>
    leakyRelu(
      x,
      reshape(
        weight,
        x.shape.map((n, axis) => (axis === 1 ? n : 1)),
      ),
    ),
  );
}
