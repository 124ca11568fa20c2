// Special functions and integer arithmetic.
export * from './bessel.ts';
export * from './chebyshev.ts';
export * from './divisor.ts';
export * from './gamma.ts';
export * from './inverse-error-function.ts';
export * from './nextafter.ts';
export * from './pointwise.ts';
export * from './special.ts';
