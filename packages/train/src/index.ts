export type { SampleSums } from './averages.ts';
export type { Callback, Measurements, Progress } from './callback.ts';
export { Checkpoints, type CheckpointsOptions } from './callbacks/checkpoints.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './callbacks/early-stopping.ts';
export { GradientNorm, type GradientNormOptions } from './callbacks/gradient-norm.ts';
export { History } from './callbacks/history.ts';
export { LearningRate } from './callbacks/learning-rate.ts';
export { NanGuard, NonFiniteError } from './callbacks/nan-guard.ts';
export { ProgressBar, type ProgressStream } from './callbacks/progress-bar.ts';
export { type TrainingEventMap, TrainingEvents } from './callbacks/training-events.ts';
export { loadCheckpoint, loadModel, readCheckpointExtra, saveCheckpoint } from './checkpoint.ts';
export { type EvaluateOptions, evaluate, type Losses } from './evaluate.ts';
export { CsvLog, type CsvLogOptions } from './logs/csv-log.ts';
export { JsonlLog } from './logs/jsonl-log.ts';
export { type AccuracyOptions, accuracy, binaryAccuracy, type TopKOptions, topK } from './metrics/classification.ts';
export {
  ConfusionMatrix,
  type ConfusionOptions,
  type Counts,
  f1,
  precision,
  recall,
  type ScoreOptions,
} from './metrics/confusion-matrix.ts';
export { type Metric, metricOf, type Target } from './metrics/metric.ts';
export { perplexity } from './metrics/perplexity.ts';
export { meanAbsoluteError, meanSquaredError, r2, rootMeanSquaredError } from './metrics/regression.ts';
export { type FitOptions, type LossScaler, Trainer, type TrainerOptions, type TrainerState } from './trainer.ts';
export { type ListenerOptions, TypedEventTarget } from './typed-event-target.ts';
export { serveTraining, type TrainingContext } from './worker/serve-training.ts';
export { WorkerTrainer, type WorkerTrainerEventMap } from './worker/worker-trainer.ts';
