// Functions of layers, as torch.nn.functional: convolution, pooling, normalisation, resampling ... They are no methods of a tensor.
export * from './adaptive-pooling.ts';
export * from './attention.ts';
export * from './convolution.ts';
export * from './distance.ts';
export * from './dropout.ts';
export * from './embedding.ts';
export * from './folding.ts';
export * from './grid-sampling.ts';
export * from './interpolation.ts';
export * from './linear.ts';
export * from './lp-pooling.ts';
export * from './max-unpooling.ts';
export * from './normalization.ts';
export * from './padding.ts';
export * from './pooling.ts';
export * from './random-activation.ts';
export * from './shuffle.ts';
export type { PerAxis } from './spatial.ts';
