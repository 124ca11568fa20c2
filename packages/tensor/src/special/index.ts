// Special functions and integer arithmetic.
export * from './airy.ts';
export * from './bessel.ts';
export * from './chebyshev.ts';
export * from './divisor.ts';
export * from './gamma.ts';
export * from './incomplete-gamma.ts';
export * from './inverse-error-function.ts';
export * from './nextafter.ts';
export * from './pointwise.ts';
export {
  hermitePolynomialH,
  hermitePolynomialHe,
  laguerrePolynomialL,
  legendrePolynomialP,
  type Polynomial,
} from './polynomials.ts';
export * from './special.ts';
