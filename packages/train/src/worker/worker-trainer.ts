import { portTo, unpackError, unpackTensors, type WorkerLike, type WorkerPort } from '@gradus/data';
import { ArgumentError } from '@gradus/storage';
import type { TrainingEventMap } from '../callbacks/training-events.ts';
import { TypedEventTarget } from '../typed-event-target.ts';
import type { Command, Report } from './protocol.ts';

/** The events of training, and the messages that the worker posts itself. */
export interface WorkerTrainerEventMap<Message> extends TrainingEventMap {
  message: Message;
}

interface Run<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Trains in a worker, so that a page never freezes: the worker runs a module that calls `serveTraining`.
 *
 * ```ts
 * const trainer = new WorkerTrainer<{ epochs: number }, Map<string, Tensor>>(
 *   new Worker(new URL('./training.ts', import.meta.url), { type: 'module' }),
 * )
 * trainer.addEventListener('step', ({ detail }) => chart.add(detail.step.loss))
 * model.loadStateDict(await trainer.run({ epochs: 3 }))
 * ```
 *
 * In Node, the worker is one of `node:worker_threads`.
 */
export class WorkerTrainer<Options, Result, Message = never> extends TypedEventTarget<WorkerTrainerEventMap<Message>> {
  readonly #port: WorkerPort<Command, Report>;
  #run: Run<Result> | null = null;
  #failure: Error | null = null;

  constructor(worker: WorkerLike) {
    super();
    this.#port = portTo(worker);
    this.#port.setBusy(false);
    this.#port.listen((report) => this.#receive(report));
    this.#port.onFailure((error) => {
      this.#failure = error;
      this.#settle()?.reject(error);
    });
  }

  /**
   * Trains, and resolves to what the training returns, its tensors on the default backend; when `signal` aborts, training stops after
   * the step in progress, and it resolves nevertheless. An error there is thrown here as a WorkerError, with its name and stack.
   * Options are plain data.
   */
  async run(options: Options, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Result> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#run !== null)
      throw new ArgumentError('WorkerTrainer: it is training already; one worker trains once at a time');
    const result = new Promise<Result>((resolve, reject) => {
      this.#run = { resolve, reject };
    });
    const stop = (): void => this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      this.#port.setBusy(true);
      this.#port.send({ type: 'start', options, stopped: signal?.aborted === true });
      return await result;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#settle();
    }
  }

  /** Halts training after the step in progress, until `resume` or `stop`. */
  pause(): void {
    this.#port.send({ type: 'pause' });
  }

  resume(): void {
    this.#port.send({ type: 'resume' });
  }

  /** Ends training after the step in progress: `run` resolves to what the training returns then. */
  stop(): void {
    this.#port.send({ type: 'stop' });
  }

  /** Sends a message of one's own to the training: plain data. */
  post(message: unknown): void {
    this.#port.send({ type: 'message', message });
  }

  /** Ends the worker at once; `run` rejects. */
  terminate(): void {
    this.#port.terminate();
    this.#failure ??= new ArgumentError('WorkerTrainer: its worker was terminated');
    this.#settle()?.reject(this.#failure);
  }

  #receive(report: Report): void {
    if (report.type === 'events') {
      for (const { name, detail } of report.events) this.emit(name, detail as never);
    } else if (report.type === 'message') this.emit('message', report.message as Message);
    else if (report.type === 'error') this.#settle()?.reject(unpackError(report.error));
    else this.#finish(report.result);
  }

  #finish(packed: unknown): void {
    const run = this.#settle();
    try {
      run?.resolve(unpackTensors(packed) as Result);
    } catch (error) {
      run?.reject(error as Error);
    }
  }

  /** The run that ends now. */
  #settle(): Run<Result> | null {
    const run = this.#run;
    this.#run = null;
    this.#port.setBusy(false);
    return run;
  }
}
