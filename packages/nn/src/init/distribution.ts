import { formatShape, ShapeError } from '@gradus/storage';
import { type GeneratorOptions, randperm, scope, type Tensor, unrecorded } from '@gradus/tensor';

/** Initialisers that draw from one distribution, whatever the shape. */

export interface UniformOptions extends GeneratorOptions {
  /** Lower bound. Default 0. */
  readonly a?: number;
  /** Upper bound. Default 1. */
  readonly b?: number;
}

export interface NormalOptions extends GeneratorOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Default 1. */
  readonly std?: number;
}

export function uniform_(x: Tensor, options: UniformOptions = {}): Tensor {
  return unrecorded(() => x.uniform_(options.a, options.b, options));
}

export function normal_(x: Tensor, options: NormalOptions = {}): Tensor {
  return unrecorded(() => x.normal_(options.mean, options.std, options));
}

/**
 * A matrix of normal numbers with a fraction of zeros in each column. (Martens 2010.)
 *
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.sparse_
 */
export function sparse_(
  x: Tensor,
  sparsity: number,
  options: GeneratorOptions & { readonly std?: number } = {},
): Tensor {
  if (x.ndim !== 2) throw new ShapeError(`sparse_: needs a matrix, got ${formatShape(x.shape)}`);
  const { std = 0.01, generator } = options;
  const [rows, columns] = x.shape as readonly [number, number];
  const zeros = Math.ceil(sparsity * rows);
  unrecorded(() => x.normal_(0, std, options));
  for (let column = 0; column < columns; column++) {
    const order = randperm(rows, { backend: x.backend, ...(generator && { generator }) });
    unrecorded(() => scope(() => x.select(1, column).indexFill_(0, order.narrow(0, 0, zeros), 0)));
    order.dispose();
  }
  return x;
}
