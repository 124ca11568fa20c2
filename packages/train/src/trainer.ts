import { type DataLoader, disposeBatch } from '@gradus/data';
import { type AnyOptimizer, type LRScheduler, ReduceLROnPlateau } from '@gradus/optim';
import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, type Tensor } from '@gradus/tensor';
import { Averages, type SampleSums } from './averages.ts';
import type { Callback, Measurements, Progress } from './callback.ts';
import { type EvaluateOptions, evaluate, type Losses } from './evaluate.ts';
import { grouped } from './loop/grouped.ts';
import { Pause } from './loop/pause.ts';
import { StepReader } from './loop/step-reader.ts';
import { update } from './loop/update.ts';

/** Keeps small gradients from vanishing in half precision; a `GradScaler` is one. */
export interface LossScaler {
  scale(loss: Tensor): Tensor;
  unscale_(optimizer: AnyOptimizer): void;
  step(optimizer: AnyOptimizer): void;
  update(): void;
  /** Plain data, for checkpoints. */
  stateDict(): object | Promise<object>;
  loadStateDict(state: object): void;
}

export interface TrainerOptions<Batch, Outputs = Tensor> extends EvaluateOptions<Batch, Outputs> {
  readonly optimizer: AnyOptimizer;
  /** The mean loss of a batch, 0-d; or an object with it and its parts, which are measured by their names. */
  loss(outputs: Outputs, batch: Batch): Tensor | Losses;
  /**
   * Stepped after every epoch; ReduceLROnPlateau after every validation, with its loss, or with that of training where there is no
   * validation.
   */
  readonly scheduler?: LRScheduler | ReduceLROnPlateau;
  /** Whether the scheduler is stepped after every step instead. */
  readonly scheduleSteps?: boolean;
  /** How many batches make a step: their gradients add up to those of one large batch. Default 1. */
  readonly accumulate?: number;
  readonly scaler?: LossScaler;
  readonly callbacks?: readonly Callback<Batch>[];
}

export interface FitOptions<Sample, Batch> {
  readonly epochs: number;
  /** Measured after an epoch. */
  readonly validation?: DataLoader<Sample, Batch>;
  /** After every how many epochs `validation` is measured; always after the last. Default 1. */
  readonly validateEvery?: number;
  /** Stops after the step in progress; `fit` resolves as usual. */
  readonly signal?: AbortSignal;
}

/** Where a run stands, for checkpoints. */
export interface TrainerState {
  /** Finished epochs. */
  epoch: number;
  /** Finished steps of the epoch in progress. */
  step: number;
  /** What was measured in the epoch in progress. */
  measured: SampleSums | null;
  /**
   * The loader's generator as it was before the order of the epoch in progress was drawn, or as it is before the next
   * one; null if that is still the default generator's state.
   */
  orderGenerator: Uint8Array | null;
}

/**
 * The training loop: forward, loss, backward, step, with metrics and callbacks. When a step ends, its tensors are disposed,
 * those of the batch included.
 *
 * ```ts
 * const trainer = new Trainer({
 *   model, optimizer,
 *   forward: ({ image }) => model.forward(image),
 *   loss: (outputs, { label }) => crossEntropy(outputs, label),
 *   callbacks: [new ProgressBar()],
 * })
 * await trainer.fit(loader, { epochs: 5 })
 * ```
 */
export class Trainer<Batch, Outputs = Tensor> {
  readonly options: TrainerOptions<Batch, Outputs>;
  state: TrainerState = { epoch: 0, step: 0, measured: null, orderGenerator: null };
  readonly #pause: Pause = new Pause();
  #stop: AbortController = new AbortController();
  #reader: StepReader | null = null;

  constructor(options: TrainerOptions<Batch, Outputs>) {
    const { accumulate = 1, stepsPerRead = 1, scheduler, scheduleSteps } = options;
    for (const [name, value] of Object.entries({ accumulate, stepsPerRead })) {
      if (Number.isInteger(value) && value >= 1) continue;
      throw new ArgumentError(`Trainer: ${name} must be a positive integer, got ${value}`);
    }
    if (scheduleSteps === true && scheduler instanceof ReduceLROnPlateau) {
      throw new ArgumentError('Trainer: ReduceLROnPlateau is stepped by epochs, leave out `scheduleSteps`');
    }
    this.options = options;
  }

  /** Trains until `epochs` are finished, from wherever `state` stands. */
  async fit<Sample>(loader: DataLoader<Sample, Batch>, options: FitOptions<Sample, Batch>): Promise<void> {
    const { epochs, signal } = options;
    this.#stop = new AbortController();
    const both = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    await this.#call((callback) => callback.onTrainBegin?.(this));
    try {
      while (this.state.epoch < epochs && !both.aborted) {
        const training = await this.#epoch(loader, epochs, both);
        if (training === null) break;
        await this.#finishEpoch(training, loader, options);
      }
    } finally {
      await this.#call((callback) => callback.onTrainEnd?.());
    }
  }

  /** Ends `fit` after the step in progress. A later `fit` goes on from there. */
  stop(): void {
    this.#stop.abort();
  }

  /** Halts `fit` after the step in progress, until `resume` or `stop`. */
  pause(): void {
    this.#pause.pause();
  }

  resume(): void {
    this.#pause.resume();
  }

  get isPaused(): boolean {
    return this.#pause.isPaused;
  }

  /** Waits until all steps so far are read, and `state` covers them: before a checkpoint in the middle of an epoch. */
  async settle(): Promise<void> {
    await this.#reader?.flush();
  }

  /** `evaluate` with this trainer's model, loss and metrics. */
  async evaluate<Sample>(loader: DataLoader<Sample, Batch>): Promise<Measurements> {
    return evaluate(loader, this.options);
  }

  /** One epoch, or the rest of one; null if it was interrupted. */
  async #epoch<Sample>(
    loader: DataLoader<Sample, Batch>,
    epochs: number,
    signal: AbortSignal,
  ): Promise<Measurements | null> {
    const { state } = this;
    const { model, metrics = [], accumulate = 1, stepsPerRead } = this.options;
    const steps = stepsOf(loader, accumulate);
    if (state.step >= steps) {
      throw new ArgumentError(`fit: after ${state.step} steps of an epoch, the loader has no more: ${steps} steps`);
    }
    const progress = (): Progress => ({ epoch: state.epoch + 1, epochs, step: state.step, steps });
    const averages = new Averages(metrics, state.measured);
    const reader = new StepReader(
      averages,
      (at, step) => {
        state.measured = averages.state();
        const measured = averages.measurements();
        return this.#call((callback) => callback.onStepEnd?.(at, measured, step));
      },
      stepsPerRead,
    );
    this.#reader = reader;
    loader.setEpoch(state.epoch);
    const batches = this.#batches(loader, accumulate);
    await this.#call((callback) => callback.onEpochBegin?.(progress()));
    model.train();
    for await (const group of grouped(batches, accumulate)) {
      const measured = update(this, group);
      disposeBatch(group);
      state.step++;
      if (this.options.scheduleSteps === true) stepScheduler(this.options.scheduler, null);
      await reader.add({ progress: progress(), ...measured });
      await this.#call((callback) => callback.onUpdate?.(progress()));
      if (this.isPaused || signal.aborted) await reader.flush();
      await this.#pause.whilePaused(signal);
      if (signal.aborted && state.step < steps) return null;
    }
    await reader.flush();
    if (state.step === 0) throw new ArgumentError('fit: the loader gave no batch');
    return averages.measurements();
  }

  /** The batches of the epoch in progress, from where it stands. */
  #batches<Sample>(loader: DataLoader<Sample, Batch>, accumulate: number): AsyncIterable<Batch> {
    const { state } = this;
    const from = state.orderGenerator;
    const batches = loader.batches(from === null ? null : { start: state.step * accumulate, from });
    state.orderGenerator = loader.position?.from ?? null;
    return batches;
  }

  async #finishEpoch<Sample>(
    training: Measurements,
    loader: DataLoader<Sample, Batch>,
    { epochs, validation, validateEvery = 1 }: FitOptions<Sample, Batch>,
  ): Promise<void> {
    const { state } = this;
    const { scheduler, scheduleSteps } = this.options;
    const { generator } = loader;
    const { step } = state;
    const orderGenerator = generator === defaultGenerator ? null : generator.getState();
    Object.assign(state, { epoch: state.epoch + 1, step: 0, measured: null, orderGenerator });
    const isDue = state.epoch % validateEvery === 0 || state.epoch === epochs;
    const validated = validation === undefined || !isDue ? null : await this.evaluate(validation);
    if (scheduleSteps !== true) stepScheduler(scheduler, validation === undefined ? training : validated);
    const progress = { epoch: state.epoch, epochs, step, steps: step };
    await this.#call((callback) => callback.onEpochEnd?.(progress, training, validated));
  }

  async #call(run: (callback: Callback<Batch>) => void | Promise<void> | undefined): Promise<void> {
    for (const callback of this.options.callbacks ?? []) await run(callback);
  }
}

function stepsOf(loader: { readonly length: number }, accumulate: number): number {
  return Math.ceil(loader.length / accumulate);
}

function stepScheduler(scheduler: LRScheduler | ReduceLROnPlateau | undefined, measured: Measurements | null): void {
  if (!(scheduler instanceof ReduceLROnPlateau)) return scheduler?.step();
  if (measured !== null) scheduler.step(measured.loss as number);
}
