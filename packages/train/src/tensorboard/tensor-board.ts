import type { Callback, Measurements, Progress } from '../callback.ts';
import type { Trainer } from '../trainer.ts';
import { SummaryWriter } from './summary-writer.ts';

export interface TensorBoardOptions {
  /** After every how many epochs the distributions of parameters are written. Default: never. */
  readonly histogramsEvery?: number;
}

/**
 * Writes a run for TensorBoard: `step/loss` and what else steps measure, over steps; `training/loss`, `validation/loss` and all
 * metrics, over epochs; histograms of the parameters where they are asked for. In Node.
 */
export class TensorBoard<Batch> implements Callback<Batch> {
  readonly writer: SummaryWriter;
  readonly #histogramsEvery: number;
  #trainer: Trainer<Batch, unknown> | null = null;
  #steps = 0;

  /** A folder, or a writer that is open. */
  constructor(target: string | SummaryWriter, { histogramsEvery = Number.POSITIVE_INFINITY }: TensorBoardOptions = {}) {
    this.writer = typeof target === 'string' ? new SummaryWriter(target) : target;
    this.#histogramsEvery = histogramsEvery;
  }

  onTrainBegin(trainer: Trainer<Batch, unknown>): void {
    this.#trainer = trainer;
  }

  onStepEnd({ epoch, step, steps }: Progress, _: Measurements, measured: Measurements): void {
    // A stream of unknown length has no number of steps before this epoch but what was counted.
    this.#steps = Number.isFinite(steps) ? (epoch - 1) * steps + step : this.#steps + 1;
    this.#write('step', measured, this.#steps);
  }

  async onEpochEnd({ epoch }: Progress, training: Measurements, validation: Measurements | null): Promise<void> {
    this.#write('training', training, epoch);
    if (validation !== null) this.#write('validation', validation, epoch);
    if (epoch % this.#histogramsEvery === 0) {
      for (const [name, parameter] of this.#trainer?.options.model.namedParameters() ?? []) {
        await this.writer.addHistogram(name, parameter, epoch);
      }
    }
    await this.writer.flush();
  }

  async onTrainEnd(): Promise<void> {
    await this.writer.flush();
  }

  #write(group: string, measured: Measurements, step: number): void {
    for (const [name, value] of Object.entries(measured)) this.writer.addScalar(`${group}/${name}`, value, step);
  }
}
