export * from './activation.ts';
export * from './arithmetic.ts';
export * from './comparison.ts';
export type { Binary, Operand, Pointwise, Scalar, Ternary, Unary } from './define.ts';
export * from './exponential.ts';
export * from './trigonometric.ts';
