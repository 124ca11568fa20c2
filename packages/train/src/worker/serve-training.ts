import { packError, packTensors, portToParent } from '@gradus/data';
import type { Callback } from '../callback.ts';
import { Pause } from '../loop/pause.ts';
import type { Command, Report } from './protocol.ts';
import { RemoteControl } from './remote-control.ts';

/** What a training in a worker gets to know, and what it can tell. */
export interface TrainingContext<Options, Message> {
  /** What `WorkerTrainer.run` was given. */
  readonly options: Options;
  /** For the callbacks of a `Trainer`: reports its events, and obeys pause, resume and stop. */
  readonly callback: Callback<unknown>;
  /** Aborts at `stop`, for loops without a `Trainer`. */
  readonly signal: AbortSignal;
  /** Waits while training is paused, for loops without a `Trainer`. */
  whilePaused(): Promise<void>;
  /** Sends a message of one's own: plain data. */
  post(message: Message): void;
  /** Hears the messages of `WorkerTrainer.post`. */
  onMessage(listener: (message: unknown) => void): void;
}

/**
 * What the module of a worker does to train for a `WorkerTrainer`. What `train` returns (the weights, say) is what `run` resolves
 * to; tensors in it, at any depth of arrays, maps and plain objects, become tensors there.
 *
 * ```ts
 * // training.ts
 * serveTraining(async ({ options, callback }: TrainingContext<{ epochs: number }, never>) => {
 *   await use(wasm())
 *   const model = createModel()
 *   await new Trainer({ model, ..., callbacks: [callback] }).fit(loader, { epochs: options.epochs })
 *   return model.stateDict()
 * })
 * ```
 */
export function serveTraining<Options, Result, Message = never>(
  train: (context: TrainingContext<Options, Message>) => Promise<Result>,
): void {
  const port = portToParent<Report, Command>('serveTraining');
  let control: Control | null = null;
  port.listen((command) => {
    if (command.type === 'start') {
      control = new Control((report) => port.send(report));
      if (command.stopped) control.stop();
      void answer(train, control.context(command.options as Options));
    } else if (command.type === 'message') control?.hear(command.message);
    else control?.[command.type]();
  });

  async function answer(run: typeof train, context: TrainingContext<Options, Message>): Promise<void> {
    try {
      const { value, transfer } = await packTensors(await run(context));
      port.send({ type: 'result', result: value }, transfer);
    } catch (error) {
      port.send({ type: 'error', error: packError(error) });
    }
  }
}

/** Brings the commands of a program to one training. */
class Control {
  readonly #send: (report: Report) => void;
  readonly #callback: RemoteControl;
  readonly #stop: AbortController = new AbortController();
  readonly #pause: Pause = new Pause();
  readonly #listeners: ((message: unknown) => void)[] = [];

  constructor(send: (report: Report) => void) {
    this.#send = send;
    this.#callback = new RemoteControl((events) => send({ type: 'events', events }));
  }

  context<Options, Message>(options: Options): TrainingContext<Options, Message> {
    const { signal } = this.#stop;
    return {
      options,
      callback: this.#callback,
      signal,
      whilePaused: () => this.#pause.whilePaused(signal),
      post: (message) => this.#send({ type: 'message', message }),
      onMessage: (listener) => void this.#listeners.push(listener),
    };
  }

  pause(): void {
    this.#pause.pause();
    this.#callback.pause();
  }

  resume(): void {
    this.#pause.resume();
    this.#callback.resume();
  }

  stop(): void {
    this.#stop.abort();
    this.#callback.stop();
  }

  hear(message: unknown): void {
    for (const listener of this.#listeners) listener(message);
  }
}
