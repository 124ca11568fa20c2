export * from './activation.ts';
export * from './adaptive-log-softmax.ts';
export * from './adaptive-pooling.ts';
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
} from './batch-norm.ts';
export * from './bilinear.ts';
export * from './convolution.ts';
export * from './distance.ts';
export * from './dropout.ts';
export * from './embedding.ts';
export * from './folding.ts';
export * from './instance-norm.ts';
export * from './linear.ts';
export * from './max-pooling.ts';
export * from './normalization.ts';
export * from './padding.ts';
export * from './pooling.ts';
export * from './prelu.ts';
export * from './rrelu.ts';
export * from './shape.ts';
export * from './shuffle.ts';
export * from './softmax.ts';
export * from './transposed-convolution.ts';
export * from './upsampling.ts';
