/// <reference lib="esnext.disposable" preserve="true" />
import { ArgumentError } from '@gradus/storage';
import type { Dataset } from '../datasets/dataset.ts';
import { portTo, type WorkerLike, type WorkerPort } from './port.ts';
import type { Answer, Request } from './serve-dataset.ts';
import { unpackError, unpackTensors } from './transfer.ts';

export interface WorkerDatasetOptions {
  /** How many workers share the work. Default 2. */
  readonly workers?: number;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A data set that lives in workers, each of which runs a module that calls `serveDataset`. A `DataLoader` loads two batches
 * ahead per worker; the order and the random numbers of samples are the same for any number of workers.
 *
 * ```ts
 * const dataset = await WorkerDataset.start(() => new Worker(new URL('./digits-worker.ts', import.meta.url), { type: 'module' }))
 * for await (const { image, label } of new DataLoader(dataset, { batchSize: 64, shuffle: true })) ...
 * dataset.close()
 * ```
 */
export class WorkerDataset<Sample> implements Dataset<Sample> {
  readonly length: number;
  readonly prefetch: number;
  readonly #lines: readonly Line[];

  private constructor(lines: readonly Line[], length: number) {
    this.#lines = lines;
    this.length = length;
    this.prefetch = 2 * lines.length;
  }

  /** Starts the workers, and waits until one of them has its data set. */
  static async start<Sample>(
    create: () => WorkerLike,
    { workers = 2 }: WorkerDatasetOptions = {},
  ): Promise<WorkerDataset<Sample>> {
    if (!Number.isInteger(workers) || workers < 1) {
      throw new ArgumentError(`WorkerDataset: workers must be a positive integer, got ${workers}`);
    }
    const lines = Array.from({ length: workers }, () => new Line(portTo(create())));
    try {
      const length = (await (lines[0] as Line).ask({ type: 'length' })) as number;
      return new WorkerDataset<Sample>(lines, length);
    } catch (error) {
      for (const line of lines) line.close();
      throw error;
    }
  }

  async get(index: number): Promise<Sample> {
    return (await this.#freest().ask({ type: 'get', index })) as Sample;
  }

  async batch(indices: Int32Array, seed: number): Promise<Sample> {
    return (await this.#freest().ask({ type: 'batch', indices, seed })) as Sample;
  }

  /** Ends the workers. */
  close(): void {
    for (const line of this.#lines) line.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #freest(): Line {
    return this.#lines.reduce((best, line) => (line.waiting < best.waiting ? line : best));
  }
}

/** Questions to one worker, and its answers. */
class Line {
  readonly #port: WorkerPort<Request, Answer>;
  readonly #waiting: Map<number, Waiting> = new Map();
  #next = 0;
  #failure: Error | null = null;

  constructor(port: WorkerPort<Request, Answer>) {
    this.#port = port;
    port.setBusy(false);
    port.listen((answer) => this.#receive(answer));
    port.onFailure((error) => this.#fail(error));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  ask(question: Unnumbered<Request>): Promise<unknown> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.setBusy(true);
      this.#port.send({ id, ...question } as Request);
    });
  }

  close(): void {
    this.#port.terminate();
    this.#fail(new ArgumentError('WorkerDataset: it was closed'));
  }

  #receive(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.waiting === 0) this.#port.setBusy(false);
    if (waiting === undefined) return;
    if ('error' in answer) waiting.reject(unpackError(answer.error));
    else waiting.resolve(unpackTensors(answer.value));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
