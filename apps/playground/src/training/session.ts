import { WorkerTrainer } from '@gradus/train';

export type Status = 'idle' | 'starting' | 'training' | 'paused' | 'done' | 'stopped' | 'failed';

/** Adds listeners to a new trainer, before it trains, with the options that end them in time. */
type Listen<Options, Message> = (
  trainer: WorkerTrainer<Options, void, Message>,
  options: { readonly signal: AbortSignal },
) => void;

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
  readonly #listen: Listen<Options, Message>;
  #trainer: WorkerTrainer<Options, void, Message> | null = null;
  #listening: AbortController = new AbortController();

  constructor(start: () => Worker, listen: Listen<Options, Message>) {
    this.#start = start;
    this.#listen = listen;
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
    const { signal } = this.#listening;
    trainer.addEventListener('begin', starts, { signal });
    trainer.addEventListener('message', starts, { signal });
    this.#listen(trainer, { signal });
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
    // What it has sent already isn't heard any more.
    this.#listening.abort();
    this.#listening = new AbortController();
    trainer?.terminate();
    this.#set('idle');
  }

  /** Tells the worker something, if there is one. */
  post(message: unknown): void {
    this.#trainer?.post(message);
  }

  #set(status: Status): void {
    this.status = status;
    this.onChange();
  }
}
