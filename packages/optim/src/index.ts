export { Adadelta, type AdadeltaOptions } from './adadelta.ts';
export { Adafactor, type AdafactorOptions } from './adafactor.ts';
export { Adagrad, type AdagradOptions } from './adagrad.ts';
export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { Adamax, type AdamaxOptions } from './adamax.ts';
export { ASGD, type ASGDOptions } from './asgd.ts';
export {
  type Averageable,
  AveragedModel,
  type AveragedModelOptions,
  type AverageWeight,
  emaWeight,
  swaWeight,
} from './averaged-model.ts';
export { clipGradNorm, clipGradsWithNorm, clipGradValue, getTotalNorm, type NormOptions } from './clip.ts';
export { defineUpdate, type Symbols, type Update } from './define-update.ts';
export { GradScaler, type GradScalerOptions, type GradScalerState, type ScalableOptimizer } from './grad-scaler.ts';
export type { Hyper, Term } from './hyper.ts';
export { LBFGS, type LBFGSOptions } from './lbfgs.ts';
export { Lion, type LionOptions } from './lion.ts';
export { Muon, type MuonOptions } from './muon.ts';
export { NAdam, type NAdamOptions } from './nadam.ts';
export { type AnyOptimizer, Optimizer, type Scheduled } from './optimizer.ts';
export {
  type BaseOptions,
  type ParameterGroup,
  ParameterGroups,
  type ParameterState,
  type Parameters,
} from './parameter-groups.ts';
export { RAdam, type RAdamOptions } from './radam.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export { Rprop, type RpropOptions } from './rprop.ts';
export * from './schedulers/index.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export { SparseAdam, type SparseAdamOptions } from './sparse-adam.ts';
export type { OptimizerStateDict, StateEntries } from './state-dict.ts';
export { registerStepPostHook, registerStepPreHook, type StepHook } from './step-hook.ts';
