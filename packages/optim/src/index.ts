export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { defineUpdate, type Update } from './define-update.ts';
export {
  type AnyOptimizer,
  type BaseOptions,
  Optimizer,
  type ParameterGroup,
  type ParameterState,
  type Parameters,
} from './optimizer.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export * from './schedulers/index.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export type { OptimizerStateDict } from './state-dict.ts';
