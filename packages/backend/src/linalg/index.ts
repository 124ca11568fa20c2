// Matrix factorizations, and what is computed like them, for FactorizationKernel.
export * from './cholesky.ts';
export * from './eigh.ts';
export { householder, householderMultiply, householderMultiplyTransposed, householderProduct } from './householder.ts';
export * from './ldl.ts';
export { lu, luUnpivoted, rowOrder } from './lu.ts';
export * from './matrix-exponential.ts';
export * from './qr.ts';
export * from './svd.ts';
export { solveLower, solveUnitLower, solveUnitUpper, solveUpper } from './triangular.ts';
