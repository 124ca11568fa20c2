import type { TrainingEventMap } from '@gradus/train';
import UPlot, { type AlignedData } from 'uplot';
import { Curve } from '../training/curve.ts';
import { LongTasks } from '../training/long-tasks.ts';
import { Session } from '../training/session.ts';
import { BATCH_SIZE, type DigitsMessage, type DigitsOptions } from './protocol.ts';

/** Milliseconds between two questions about one drawing while the model changes. */
const ASK_AGAIN = 250;

const startWorker = (): Worker => new Worker(new URL('./training.ts', import.meta.url), { type: 'module' });

/** A training of digits as the page shows it: what was measured, and what the model says of the drawing. */
export class DigitsRun {
  readonly session: Session<DigitsOptions, DigitsMessage> = new Session(startWorker, (trainer, options) => {
    trainer.addEventListener('step', ({ detail }) => this.#step(detail), options);
    trainer.addEventListener('epoch', ({ detail }) => this.#test(detail.validation?.accuracy), options);
    trainer.addEventListener('message', ({ detail }) => this.#hear(detail), options);
    trainer.addEventListener('end', () => this.#ask(), options);
  });
  readonly longTasks: LongTasks = new LongTasks();
  steps = 0;
  epoch = 0;
  epochs = 0;
  stepTime: number | null = null;
  testAccuracy: number | null = null;
  parameters: number | null = null;
  /** How likely each digit is; null without a drawing or a model. */
  probabilities: readonly number[] | null = null;
  #losses: Curve = new Curve();
  #training: Curve = new Curve();
  #tests: [step: number, accuracy: number][] = [];
  #drawing: Uint8Array | null = null;
  #asked = 0;

  /** The loss of training over steps, for a chart. */
  get lossData(): AlignedData {
    return [[...this.#losses.x], [...this.#losses.y]];
  }

  /** The accuracy over steps, for a chart: of training, and of the test images. */
  get accuracyData(): AlignedData {
    const tests: AlignedData = [this.#tests.map(([step]) => step), this.#tests.map(([, accuracy]) => accuracy)];
    return UPlot.join([[[...this.#training.x], [...this.#training.y]], tests]);
  }

  /** The loss of the last steps; NaN before the first. */
  get recentLoss(): number {
    return this.#losses.recent();
  }

  get trainingAccuracy(): number {
    return this.#training.recent(1);
  }

  set onChange(listener: () => void) {
    this.#changed = listener;
    this.session.onChange = () => {
      if (!this.session.isRunning) this.longTasks.stop();
      listener();
    };
  }
  #changed: () => void = () => {};

  start(options: DigitsOptions): void {
    this.reset();
    this.epochs = options.epochs;
    void this.session.start(options);
    this.longTasks.start();
  }

  reset(): void {
    this.session.reset();
    this.#losses = new Curve();
    this.#training = new Curve();
    this.#tests = [];
    Object.assign(this, {
      steps: 0,
      epoch: 0,
      stepTime: null,
      testAccuracy: null,
      parameters: null,
      probabilities: null,
    });
  }

  dispose(): void {
    this.session.reset();
  }

  /** 28 x 28 bytes, or null for none. */
  draw(image: Uint8Array | null): void {
    this.#drawing = image;
    if (image === null) this.probabilities = null;
    this.#ask();
    this.#changed();
  }

  #ask(): void {
    if (this.#drawing === null) return;
    this.#asked = performance.now();
    this.session.post({ image: this.#drawing });
  }

  #hear(message: DigitsMessage): void {
    if (message.type === 'model') {
      this.parameters = message.parameters;
      this.#ask();
    } else if (this.#drawing !== null) this.probabilities = message.probabilities;
    this.#changed();
  }

  #step({ progress, epoch, step }: TrainingEventMap['step']): void {
    this.epoch = progress.epoch;
    this.steps = (progress.epoch - 1) * progress.steps + progress.step;
    this.#losses.add(this.steps, step.loss as number);
    this.#training.add(this.steps, epoch.accuracy as number);
    this.stepTime = (BATCH_SIZE * 1000) / (epoch.samplesPerSecond as number);
    if (performance.now() - this.#asked > ASK_AGAIN) this.#ask();
    this.#changed();
  }

  #test(accuracy: number | undefined): void {
    if (accuracy === undefined) return;
    this.testAccuracy = accuracy;
    this.#tests.push([this.steps, accuracy]);
    this.#changed();
  }
}
