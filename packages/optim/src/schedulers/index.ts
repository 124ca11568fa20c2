export { ChainedScheduler, SequentialLR } from './composed.ts';
export {
  CosineAnnealingLR,
  type CosineAnnealingOptions,
  CosineAnnealingWarmRestarts,
  type WarmRestartsOptions,
} from './cosine-annealing-lr.ts';
export { CyclicLR, type CyclicLROptions } from './cyclic-lr.ts';
export { LambdaLR, type LRFactor, MultiplicativeLR } from './lambda-lr.ts';
export {
  ConstantLR,
  type ConstantLROptions,
  LinearLR,
  type LinearLROptions,
  PolynomialLR,
  type PolynomialLROptions,
} from './linear-lr.ts';
export { OneCycleLR, type OneCycleLROptions } from './one-cycle-lr.ts';
export { type PlateauOptions, ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
export { LRScheduler, type SchedulerOptions, type SchedulerState } from './scheduler.ts';
export { ExponentialLR, type GammaOptions, MultiStepLR, StepLR } from './step-lr.ts';
export { SWALR, type SWALROptions } from './swa-lr.ts';
