export * from './convolution.ts';
export * from './linear.ts';
export * from './normalization.ts';
export { UninitializedBuffer, UninitializedParameter } from './uninitialized.ts';
