export type { SampleSums } from './averages.ts';
export type { Callback, Measurements, Progress } from './callback.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './callbacks/early-stopping.ts';
export { History } from './callbacks/history.ts';
export { ProgressBar, type ProgressStream } from './callbacks/progress-bar.ts';
export { loadCheckpoint, readCheckpointExtra, saveCheckpoint } from './checkpoint.ts';
export { accuracy, type Metric } from './metric.ts';
export { type FitOptions, Trainer, type TrainerOptions, type TrainerState } from './trainer.ts';
