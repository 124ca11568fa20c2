import { noGrad } from '@gradus/autograd';
import { type DataLoader, disposeBatch } from '@gradus/data';
import type { AnyModule } from '@gradus/nn';
import type { AnyOptimizer, LRScheduler } from '@gradus/optim';
import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, scope, type Tensor } from '@gradus/tensor';
import { Averages, means, type SampleSums } from './averages.ts';
import type { Callback, Measurements, Progress } from './callback.ts';
import type { Metric } from './metric.ts';

export interface TrainerOptions<Batch> {
  readonly model: AnyModule;
  readonly optimizer: AnyOptimizer;
  /** The model's outputs for a batch; their first axis counts the samples. */
  readonly forward: (batch: Batch) => Tensor;
  /** The mean loss of a batch, 0-d. */
  readonly loss: (outputs: Tensor, batch: Batch) => Tensor;
  /** Stepped after every epoch. */
  readonly scheduler?: LRScheduler;
  readonly metrics?: readonly Metric<Batch>[];
  readonly callbacks?: readonly Callback<Batch>[];
}

export interface FitOptions<Sample, Batch> {
  readonly epochs: number;
  /** Measured after every epoch. */
  readonly validation?: DataLoader<Sample, Batch>;
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
export class Trainer<Batch> {
  readonly options: TrainerOptions<Batch>;
  state: TrainerState = { epoch: 0, step: 0, measured: null, orderGenerator: null };

  constructor(options: TrainerOptions<Batch>) {
    this.options = options;
  }

  /** Trains until `epochs` are finished, from wherever `state` stands. */
  async fit<Sample>(loader: DataLoader<Sample, Batch>, options: FitOptions<Sample, Batch>): Promise<void> {
    const { epochs, validation, signal } = options;
    await this.#call((callback) => callback.onTrainBegin?.(this));
    try {
      while (this.state.epoch < epochs && signal?.aborted !== true) {
        const training = await this.#epoch(loader, epochs, signal);
        if (training === null) break;
        const validated = validation === undefined ? null : await this.evaluate(validation);
        const progress = { epoch: this.state.epoch, epochs, step: loader.length, steps: loader.length };
        await this.#call((callback) => callback.onEpochEnd?.(progress, training, validated));
      }
    } finally {
      await this.#call((callback) => callback.onTrainEnd?.());
    }
  }

  /** Mean loss and metrics over a data set, in eval mode, without gradients. */
  async evaluate<Sample>(loader: DataLoader<Sample, Batch>): Promise<Measurements> {
    const { model, forward } = this.options;
    const averages = new Averages();
    const { training } = model;
    model.eval();
    try {
      for await (const batch of loader) {
        const measured = scope(() => noGrad(() => this.#measure(forward(batch), batch)));
        averages.add(await read(measured));
        disposeBatch(batch);
      }
    } finally {
      model.train(training);
    }
    return averages.measurements();
  }

  /** One epoch, or the rest of one; null if it was interrupted. */
  async #epoch<Sample>(
    loader: DataLoader<Sample, Batch>,
    epochs: number,
    signal: AbortSignal | undefined,
  ): Promise<Measurements | null> {
    const { state } = this;
    const { model, scheduler } = this.options;
    if (state.step >= loader.length) {
      throw new ArgumentError(
        `fit: after ${state.step} steps of an epoch, the loader has no more: ${loader.length} batches`,
      );
    }
    const progress = (): Progress => ({ epoch: state.epoch + 1, epochs, step: state.step, steps: loader.length });
    const averages = new Averages(state.measured);
    const { orderGenerator: from } = state;
    const batches = loader.batches(from === null ? null : { start: state.step, from });
    state.orderGenerator = loader.position?.from ?? null;
    await this.#call((callback) => callback.onEpochBegin?.(progress()));
    model.train();
    for await (const batch of batches) {
      const sums = await read(this.#step(batch));
      disposeBatch(batch);
      averages.add(sums);
      state.step++;
      state.measured = averages.state();
      const measured = averages.measurements();
      await this.#call((callback) => callback.onStepEnd?.(progress(), measured, means(sums)));
      if (signal?.aborted === true && state.step < loader.length) return null;
    }
    const { generator } = loader;
    const orderGenerator = generator === defaultGenerator ? null : generator.getState();
    Object.assign(state, { epoch: state.epoch + 1, step: 0, measured: null, orderGenerator });
    scheduler?.step();
    return averages.measurements();
  }

  #step(batch: Batch): BatchMeasurements {
    const { optimizer, forward } = this.options;
    return scope(() => {
      optimizer.zeroGrad();
      const measured = this.#measure(forward(batch), batch);
      measured.loss.backward();
      optimizer.step();
      return measured;
    });
  }

  #measure(outputs: Tensor, batch: Batch): BatchMeasurements {
    const { loss, metrics = [] } = this.options;
    const sums = noGrad(() => metrics.map((metric) => [metric.name, metric.compute(outputs, batch)] as const));
    return { samples: outputs.shape[0] ?? 1, loss: loss(outputs, batch), sums: Object.fromEntries(sums) };
  }

  async #call(run: (callback: Callback<Batch>) => void | Promise<void> | undefined): Promise<void> {
    for (const callback of this.options.callbacks ?? []) await run(callback);
  }
}

/** What was measured on a batch, still on the device. */
interface BatchMeasurements {
  readonly samples: number;
  /** Mean over the batch. */
  readonly loss: Tensor;
  readonly sums: Readonly<Record<string, Tensor>>;
}

async function read({ samples, loss, sums }: BatchMeasurements): Promise<SampleSums> {
  const result: Record<string, number> = { loss: (await loss.item()) * samples };
  loss.dispose();
  for (const [name, sum] of Object.entries(sums)) {
    result[name] = await sum.item();
    sum.dispose();
  }
  return { samples, sums: result };
}
