import { formatShape, ShapeError } from '@gradus/storage';
import { zerosLike } from '../creation.ts';
import { scope } from '../memory.ts';
import { stack } from '../ops/joining.ts';
import { select } from '../ops/movement.ts';
import { norm } from '../ops/norm.ts';
import { add, mul, neg, sub } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Complex numbers: no dtype, but a trailing axis of size 2 that holds the real and the imaginary part, as
 * `torch.view_as_real` gives them.
 */

/** [...] and [...] to complex [..., 2]; without an imaginary part it is zero. */
export function complex(real: Tensor, imaginary?: Tensor): Tensor {
  return scope(() => stack([real, imaginary ?? zerosLike(real)], { dim: -1 }));
}

/** The product of complex tensors [..., 2], which broadcast together. */
export function complexMul(a: Tensor, b: Tensor): Tensor {
  return scope(() => {
    const [[ar, ai], [br, bi]] = [partsOf('complexMul', a), partsOf('complexMul', b)];
    return complex(sub(mul(ar, br), mul(ai, bi)), add(mul(ar, bi), mul(ai, br)));
  });
}

/** Complex [..., 2] with the imaginary part negated. */
export function complexConj(x: Tensor): Tensor {
  return scope(() => {
    const [real, imaginary] = partsOf('complexConj', x);
    return complex(real, neg(imaginary));
  });
}

/** The absolute value of complex [..., 2] as real [...]; its gradient at 0 is 0. */
export function complexAbs(x: Tensor): Tensor {
  assertComplex('complexAbs', x);
  return norm(x, { dim: -1 });
}

export function assertComplex(op: string, x: Tensor): void {
  if (x.shape.at(-1) === 2) return;
  throw new ShapeError(
    `${op}: needs complex numbers [..., 2], got shape ${formatShape(x.shape)}; complex(x) makes them of real ones`,
  );
}

function partsOf(op: string, x: Tensor): readonly [real: Tensor, imaginary: Tensor] {
  assertComplex(op, x);
  return [select(x, -1, 0), select(x, -1, 1)];
}
