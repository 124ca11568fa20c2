import { WorkerTrainer } from '@gradus/train';
import type { RaceOptions } from './race.ts';
import type { RaceResult } from './worker.ts';

/** Where races are run: one after another, of those that wait only the latest. */
export class Arena {
  /** Called when races begin, and when one has ended. */
  onChange: () => void = () => {};
  result: RaceResult | null = null;
  error = '';
  readonly #trainer: WorkerTrainer<RaceOptions, RaceResult> = new WorkerTrainer(
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
  );
  isRunning = false;
  #next: RaceOptions | null = null;

  run(options: RaceOptions): void {
    this.#next = options;
    if (!this.isRunning) void this.#runAll();
  }

  dispose(): void {
    this.#next = null;
    this.#trainer.terminate();
  }

  async #runAll(): Promise<void> {
    this.isRunning = true;
    this.onChange();
    while (this.#next !== null) {
      const options = this.#next;
      this.#next = null;
      try {
        this.result = await this.#trainer.run(options);
        this.error = '';
      } catch (error) {
        this.error = String(error);
      }
      this.onChange();
    }
    this.isRunning = false;
    this.onChange();
  }
}
