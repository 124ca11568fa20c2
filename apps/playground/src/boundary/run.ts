import type { AlignedData } from 'uplot';
import { Curve } from '../training/curve.ts';
import { Session } from '../training/session.ts';
import { type DatasetName, makePoints, type Point } from './datasets.ts';
import type { BoundaryMessage, BoundaryOptions } from './protocol.ts';

const startWorker = (): Worker => new Worker(new URL('./training.ts', import.meta.url), { type: 'module' });

/** A training of a boundary as the page shows it, with the points that it is about. */
export class BoundaryRun {
  readonly session: Session<BoundaryOptions, BoundaryMessage> = new Session(startWorker, (trainer, options) => {
    trainer.addEventListener('message', ({ detail }) => this.#hear(detail), options);
  });
  points: readonly Point[] = makePoints('moons', 100, 0.06);
  latest: BoundaryMessage | null = null;
  #losses: Curve = new Curve();

  set onChange(listener: () => void) {
    this.session.onChange = listener;
  }

  get lossData(): AlignedData {
    return [[...this.#losses.x], [...this.#losses.y]];
  }

  start(options: Omit<BoundaryOptions, 'points'>): void {
    this.reset();
    void this.session.start({ ...options, points: this.points });
  }

  reset(): void {
    this.#losses = new Curve();
    this.latest = null;
    this.session.reset();
  }

  dispose(): void {
    this.session.reset();
  }

  /** Begins with other points. */
  take(name: DatasetName, noise: number): void {
    this.points = makePoints(name, 100, noise);
    this.reset();
  }

  /** One point more, which a training in progress takes in. */
  add(point: Point): void {
    this.points = [...this.points, point];
    if (this.session.isRunning) this.session.post({ points: this.points });
    this.session.onChange();
  }

  #hear(message: BoundaryMessage): void {
    this.latest = message;
    this.#losses.add(message.step, message.loss);
    this.session.onChange();
  }
}
