import { expressions as e } from '@gradus/backend';
import { sameShape } from '@gradus/storage';
import { scope } from '../memory.ts';
import { readOnce, readOnceSync } from '../read-once.ts';
import type { Tensor } from '../tensor.ts';
import { type Operand, type Pointwise, pointwise } from './pointwise/define.ts';
import { eq } from './pointwise/index.ts';
import { all } from './reduction.ts';

/** Whether tensors are equal, or nearly so. */

interface Tolerance {
  /** Relative to |b|. Default 1e-5. */
  readonly rtol?: number;
  /** Absolute. Default 1e-8. */
  readonly atol?: number;
  /** Whether NaN is close to NaN. Default false. */
  readonly equalNan?: boolean;
}

/**
 * Whether |a - b| <= atol + rtol |b|, per element. Equal infinities are close.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.isclose.html
 */
export function isclose(a: Tensor, b: Tensor, options: Tolerance = {}): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  return isWithin(a, b, rtol, atol, equalNan);
}

const isWithin: Pointwise<Tensor, [b: Tensor, rtol: Operand, atol: Operand, equalNan: Operand]> = pointwise(
  'isclose',
  (a, b, rtol, atol, equalNan) => {
    const distance = e.abs(e.sub(a, b));
    const near = e.and(e.lt(distance, Infinity), e.le(distance, e.add(atol, e.abs(e.mul(rtol, b)))));
    const bothNaN = e.and(e.ne(equalNan, 0), e.and(e.isNaN(a), e.isNaN(b)));
    return e.or(e.or(e.eq(a, b), near), bothNaN);
  },
  { compute: 'float' },
);

/** Whether all elements are close. Waits for the device. */
export async function allclose(a: Tensor, b: Tensor, options: Tolerance = {}): Promise<boolean> {
  return (await readOnce(scope(() => all(isclose(a, b, options))))) !== 0;
}

/** `allclose` without waiting, where the backend reads synchronously. */
export function allcloseSync(a: Tensor, b: Tensor, options: Tolerance = {}): boolean {
  return readOnceSync(scope(() => all(isclose(a, b, options)))) !== 0;
}

/** Whether shape and all values are equal. Waits for the device. */
export async function equal(a: Tensor, b: Tensor): Promise<boolean> {
  return sameShape(a.shape, b.shape) && (await readOnce(scope(() => all(eq(a, b))))) !== 0;
}

/** `equal` without waiting, where the backend reads synchronously. */
export function equalSync(a: Tensor, b: Tensor): boolean {
  return sameShape(a.shape, b.shape) && readOnceSync(scope(() => all(eq(a, b)))) !== 0;
}
