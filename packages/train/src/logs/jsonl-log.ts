import type { Callback, Measurements, Progress } from '../callback.ts';
import { AppendFile } from './append-file.ts';

/**
 * Writes a line of JSON for every step and every epoch:
 *
 * ```json
 * {"type":"step","epoch":1,"step":3,"loss":0.69}
 * {"type":"epoch","epoch":1,"training":{"loss":0.51},"validation":{"loss":0.48}}
 * ```
 *
 * NaN and infinities become null. In Node.
 */
export class JsonlLog<Batch> implements Callback<Batch> {
  readonly #path: string;
  #file: AppendFile | null = null;

  /** A file that is there already is replaced when training begins. */
  constructor(path: string) {
    this.#path = path;
  }

  onTrainBegin(): void {
    this.#file ??= new AppendFile(this.#path);
  }

  onStepEnd({ epoch, step }: Progress, _: Measurements, measured: Measurements): void {
    this.#line({ type: 'step', epoch, step, ...measured });
  }

  onEpochEnd({ epoch }: Progress, training: Measurements, validation: Measurements | null): void {
    this.#line({ type: 'epoch', epoch, training, validation });
  }

  async onTrainEnd(): Promise<void> {
    await this.#file?.flush();
  }

  #line(entry: object): void {
    void this.#file?.append(`${JSON.stringify(entry)}\n`);
  }
}
