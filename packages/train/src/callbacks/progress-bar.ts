import type { SingleBar } from 'cli-progress';
import type { Callback, Measurements, Progress } from '../callback.ts';
import { formatMeasurements, formatSeconds } from './format.ts';

/** Milliseconds between two lines where there is no terminal. */
const LINE_INTERVAL = 5000;

/** Where a progress bar is drawn: stderr, or anything like it. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * A live line per epoch, on stderr by default: step, time left until the end of training, loss, metrics, samples per second. Where
 * the stream is no terminal, or an epoch has no known end, a plain line now and then.
 */
export class ProgressBar<Batch> implements Callback<Batch> {
  readonly #stream: ProgressStream;
  #bar: SingleBar | null = null;
  #steps = 0;
  #started = 0;
  #lastLine = 0;

  constructor(stream: ProgressStream = process.stderr) {
    this.#stream = stream;
  }

  onTrainBegin(): void {
    this.#steps = 0;
    this.#started = performance.now();
    this.#lastLine = this.#started;
  }

  async onEpochBegin(progress: Progress): Promise<void> {
    if (this.#stream.isTTY !== true || !Number.isFinite(progress.steps)) return;
    // Loaded here: programs without a terminal, in browsers for one, can do without the library.
    const { default: cliProgress } = await import('cli-progress');
    this.#bar = new cliProgress.SingleBar(
      {
        format: '{epoch} |{bar}| {text}',
        barsize: Math.max(4, Math.min(24, (this.#stream.columns ?? 80) - 80)),
        stream: this.#stream,
        hideCursor: true,
        gracefulExit: false,
      },
      cliProgress.Presets.shades_classic,
    );
    this.#bar.start(progress.steps, progress.step, { epoch: epochText(progress), text: stepText(progress) });
  }

  onStepEnd(progress: Progress, measured: Measurements): void {
    this.#steps++;
    const text = `${stepText(progress)}${this.#remaining(progress)} ${formatMeasurements(measured)}`;
    if (this.#bar !== null) this.#bar.update(progress.step, { text });
    else this.#line(`${epochText(progress)} ${text}`, progress.step === progress.steps);
  }

  onEpochEnd(_: Progress, __: Measurements, validation: Measurements | null): void {
    this.#stop();
    if (validation !== null) this.#stream.write(`  validation: ${formatMeasurements(validation)}\n`);
  }

  onTrainEnd(): void {
    this.#stop();
  }

  /** Until the last step of the last epoch, if the steps go on as fast as so far. */
  #remaining({ epoch, epochs, step, steps }: Progress): string {
    if (!Number.isFinite(steps)) return '';
    const left = (epochs - epoch) * steps + steps - step;
    return ` ETA ${formatSeconds(((performance.now() - this.#started) / 1000 / this.#steps) * left)}`;
  }

  #line(text: string, isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#lastLine < LINE_INTERVAL) return;
    this.#lastLine = now;
    this.#stream.write(`${text}\n`);
  }

  #stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}

function epochText({ epoch, epochs }: Progress): string {
  return `epoch ${epoch}/${epochs}`;
}

function stepText({ step, steps }: Progress): string {
  if (!Number.isFinite(steps)) return `step ${step}`;
  return `step ${String(step).padStart(String(steps).length)}/${steps}`;
}
