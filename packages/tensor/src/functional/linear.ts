import { formatShape, ShapeError } from '@gradus/storage';
import { casting } from '../casting.ts';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { reshape } from '../ops/movement.ts';
import { add, mul } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';

/**
 * x weight^T + bias: x [..., in], weight [out, in], bias [out]; gives [..., out].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  if (casting !== null) bias = casting.low([bias])[0] as Tensor | null;
  if (x.shape[x.ndim - 1] !== weight.shape[weight.ndim - 1]) {
    throw new ShapeError(
      `linear: the last axis of x ${formatShape(x.shape)} must be that of weight ${formatShape(weight.shape)}`,
    );
  }
  return scope(() => {
    const product = matmul(x, weight.ndim === 1 ? weight : weight.mT);
    return bias === null ? product : add(product, bias);
  });
}

/**
 * a^T W_o b + bias_o for every output o: a [..., in1], b [..., in2], weight [out, in1, in2], bias [out]; gives [..., out].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html
 */
export function bilinear(a: Tensor, b: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const [out, first, second] = weight.shape as [number, number, number];
  const batch = a.shape.slice(0, -1);
  if (weight.ndim !== 3 || a.shape[a.ndim - 1] !== first || b.shape[b.ndim - 1] !== second) {
    const shapes = [a, b, weight].map((x) => formatShape(x.shape)).join(', ');
    throw new ShapeError(`bilinear: needs [..., in1], [..., in2] and a weight [out, in1, in2], got ${shapes}`);
  }
  return scope(() => {
    // Per sample and output a vector over in2, then its product with b.
    const halves = matmul(reshape(a, [1, -1, first]), weight);
    const product = reshape(sum(mul(halves, reshape(b, [1, -1, second])), { dim: 2, dtype: halves.dtype }).T, [
      ...batch,
      out,
    ]);
    return bias === null ? product : add(product, bias);
  });
}
