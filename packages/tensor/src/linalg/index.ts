// Products of matrices and tensors by their own names, einsum.
export * from './einsum.ts';
export * from './matrix-power.ts';
export * from './multi-dot.ts';
export * from './products.ts';
