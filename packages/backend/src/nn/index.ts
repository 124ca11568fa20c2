// Fused kernels of neural networks, with their decompositions.
export { attention } from './attention.ts';
export { attentionBackward } from './attention-backward.ts';
export { convolution, convolutionInput, convolutionWeight } from './convolution.ts';
export { crossEntropy } from './cross-entropy.ts';
export { crossEntropyBackward } from './cross-entropy-backward.ts';
export { lstm, lstmStep } from './lstm.ts';
export { lstmBackward, lstmStepBackward } from './lstm-backward.ts';
export { maxPool } from './max-pool.ts';
export { normalization } from './normalization.ts';
export { normalizationBackward, parameterGradients } from './normalization-backward.ts';
