export { CosineAnnealingLR } from './cosine-annealing-lr.ts';
export { LRScheduler, type SchedulerState } from './scheduler.ts';
export { StepLR } from './step-lr.ts';
