import { expressions as e } from '@gradus/backend';
import { type Binary, binary, type Unary, unary } from './define.ts';

/** Trigonometric and hyperbolic functions. Integers are lifted to float32. */

const float = { compute: 'float' } as const;

export const sin: Unary = unary('sin', (x) => e.sin(x), float);
export const cos: Unary = unary('cos', (x) => e.cos(x), float);
export const tan: Unary = unary('tan', (x) => e.tan(x), float);
export const asin: Unary = unary('asin', (x) => e.asin(x), float);
export const acos: Unary = unary('acos', (x) => e.acos(x), float);
export const atan: Unary = unary('atan', (x) => e.atan(x), float);
export const sinh: Unary = unary('sinh', (x) => e.sinh(x), float);
export const cosh: Unary = unary('cosh', (x) => e.cosh(x), float);
export const tanh: Unary = unary('tanh', (x) => e.tanh(x), float);
export const asinh: Unary = unary('asinh', (x) => e.asinh(x), float);
export const acosh: Unary = unary('acosh', (x) => e.acosh(x), float);
export const atanh: Unary = unary('atanh', (x) => e.atanh(x), float);
/** The angle of the point (b, a). */
export const atan2: Binary = binary('atan2', (a, b) => e.atan2(a, b), float);
/** sin(pi x) / (pi x); 1 at 0. */
export const sinc: Unary = unary(
  'sinc',
  (x) => {
    const angle = e.mul(x, Math.PI);
    return e.select(e.eq(x, 0), 1, e.div(e.sin(angle), angle));
  },
  float,
);
