import { WorkerTrainer } from '@gradus/train';
import { useEffect, useState } from 'preact/hooks';

export type Status = 'idle' | 'starting' | 'training' | 'paused' | 'done' | 'stopped' | 'failed';

/**
 * One training after another, each in a worker of its own, as a page sees them. A worker stays after its training, to answer
 * questions about what it learned, until the next training or `reset`.
 */
export class Session<Options, Message> {
  /** Called when anything changed; components draw at most once per frame. */
  onChange: () => void = () => {};
  status: Status = 'idle';
  error = '';
  readonly #start: () => Worker;
  readonly #begin: (trainer: WorkerTrainer<Options, void, Message>) => void;
  #trainer: WorkerTrainer<Options, void, Message> | null = null;

  /** `begin` gets each new trainer, before it trains, to listen to it. */
  constructor(start: () => Worker, begin: (trainer: WorkerTrainer<Options, void, Message>) => void) {
    this.#start = start;
    this.#begin = begin;
  }

  get isRunning(): boolean {
    return this.status === 'starting' || this.status === 'training' || this.status === 'paused';
  }

  async start(options: Options): Promise<void> {
    this.reset();
    const trainer = new WorkerTrainer<Options, void, Message>(this.#start());
    this.#trainer = trainer;
    const starts = (): void => {
      if (this.status === 'starting') this.#set('training');
    };
    trainer.addEventListener('begin', starts);
    trainer.addEventListener('message', starts);
    this.#begin(trainer);
    this.#set('starting');
    try {
      await trainer.run(options);
      if (this.#trainer === trainer && this.isRunning) this.#set('done');
    } catch (error) {
      if (this.#trainer !== trainer) return;
      this.error = error instanceof Error ? error.message : String(error);
      this.#set('failed');
    }
  }

  pause(): void {
    this.#trainer?.pause();
    this.#set('paused');
  }

  resume(): void {
    this.#trainer?.resume();
    this.#set('training');
  }

  stop(): void {
    this.#trainer?.stop();
    this.#set('stopped');
  }

  /** Forgets what was learned. */
  reset(): void {
    const trainer = this.#trainer;
    this.#trainer = null;
    this.error = '';
    trainer?.terminate();
    this.#set('idle');
  }

  /** Whether there is a worker to hear it. */
  post(message: unknown): boolean {
    this.#trainer?.post(message);
    return this.#trainer !== null;
  }

  #set(status: Status): void {
    this.status = status;
    this.onChange();
  }
}

/** Something with `onChange` for as long as the component lives; draws the component again at most once per frame. */
export function useLive<T extends { onChange: () => void; dispose(): void }>(create: () => T): T {
  const [live] = useState(create);
  const [, redraw] = useState(0);
  useEffect(() => {
    let frame = 0;
    live.onChange = () => {
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        redraw((count) => count + 1);
      });
    };
    return () => {
      cancelAnimationFrame(frame);
      live.onChange = () => {};
      live.dispose();
    };
  }, [live]);
  return live;
}
