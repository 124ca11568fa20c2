import { BackendError } from '@gradus/storage';
import { settled } from '../queue/waiting.ts';
import { DeviceLostError, OutOfMemoryError, ValidationError } from './errors.ts';

/** Errors that are kept until somebody waits: what follows from the first soon says nothing new. */
const KEPT = 3;

/** Milliseconds in which a loss is told of after the first thing that fails for it. */
const PATIENCE = 500;

/**
 * What went wrong on a device. WebGPU tells of errors later than the call that made them, so they are kept here until
 * somebody waits for the device, and thrown there.
 */
export class Failures {
  readonly #backend: string;
  readonly #device: GPUDevice;
  #errors: GPUError[] = [];
  /** Answers that are still on their way about memory that was asked for, and the first refusal. */
  readonly #requests = new Set<Promise<void>>();
  #refused: BackendError | null = null;
  #lost: BackendError | null = null;
  /** Set once the backend itself gives the device up. */
  #expected = false;
  readonly #listen = (event: Event): void => {
    event.preventDefault();
    if (this.#errors.length < KEPT) this.#errors.push((event as GPUUncapturedErrorEvent).error);
  };

  constructor(backend: string, device: GPUDevice) {
    this.#backend = backend;
    this.#device = device;
    device.addEventListener('uncapturederror', this.#listen);
    void device.lost.then(({ reason, message }) => {
      if (this.#expected) return;
      const why = reason === 'destroyed' ? 'it was destroyed' : message || 'no reason was given';
      this.#lost = new DeviceLostError(
        `${backend}: the GPU device was lost (${why}); what it held is gone. Make a new backend: await use(webgpu())`,
      );
    });
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Throws a DeviceLostError if the device is lost. */
  checkLoss(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  /** Throws what has gone wrong since the last time; a lost device stays lost. */
  check(): void {
    this.checkLoss();
    const error = this.#refused ?? this.#errorOf(this.#errors);
    this.#refused = null;
    this.#errors = [];
    if (error !== null) throw error;
  }

  /** Notes whether memory was granted, by the error scope around the request. `refuse` is told if not, and says what it was for. */
  watch(scope: Promise<GPUError | null>, refuse: () => string): void {
    const request = scope
      .then((error) => {
        if (error !== null) this.#refused ??= this.#outOfMemory(`${refuse()}: ${error.message.trim()}`);
      })
      // Only a lost device doesn't answer.
      .catch(() => {})
      .finally(() => this.#requests.delete(request));
    this.#requests.add(request);
  }

  /** Waits for work of the device. Throws what has gone wrong until then, or a BackendError that says what failed. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await settled(work);
      if (this.#requests.size > 0) await settled(Promise.all(this.#requests));
    } catch (cause) {
      // A device that is lost says so a little later.
      await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      this.check();
      throw new BackendError(`${this.#backend}: ${what} failed: ${(cause as Error).message}`, { cause });
    }
    this.check();
    return result;
  }

  /** Expects no more: the device is given up. */
  close(): void {
    this.#expected = true;
    this.#device.removeEventListener('uncapturederror', this.#listen);
  }

  /** One error of the first one's type, if any. The messages name kernels and buffers, which carry labels. */
  #errorOf(errors: readonly GPUError[]): BackendError | null {
    if (errors.length === 0) return null;
    const text = errors.map(({ message }) => message.trim()).join('\nThen: ');
    // The constructors' names: their globals need not exist where the device comes from a library.
    if ((errors[0] as GPUError).constructor.name === 'GPUOutOfMemoryError') return this.#outOfMemory(text);
    return new ValidationError(`${this.#backend}: WebGPU refused a command: ${text}`);
  }

  #outOfMemory(text: string): BackendError {
    return new OutOfMemoryError(`${this.#backend}: out of GPU memory; dispose tensors or work in scope(). ${text}`);
  }
}
