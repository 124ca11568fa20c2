import type { BackendError } from '@gradus/storage';
import { DeviceLostError, OutOfMemoryError, ValidationError } from './errors.ts';

/**
 * What went wrong on a device. WebGPU tells of errors later than the call that made them, so they are kept here until
 * somebody waits for the device, and thrown there.
 */
export class Failures {
  readonly #backend: string;
  readonly #device: GPUDevice;
  #error: BackendError | null = null;
  #lost: BackendError | null = null;
  /** Set once the backend itself gives the device up. */
  #expected = false;
  readonly #listen = (event: Event): void => {
    event.preventDefault();
    this.#error ??= this.#errorOf((event as GPUUncapturedErrorEvent).error);
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

  /** Throws what has gone wrong since the last time; a lost device stays lost. */
  check(): void {
    if (this.#lost !== null) throw this.#lost;
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
  }

  /** Expects no more: the device is given up. */
  close(): void {
    this.#expected = true;
    this.#device.removeEventListener('uncapturederror', this.#listen);
  }

  /** The messages name the kernel or buffer: both carry labels. */
  #errorOf(error: GPUError): BackendError {
    const text = error.message.trim();
    // The constructors' names: their globals need not exist where the device comes from a library.
    if (error.constructor.name === 'GPUOutOfMemoryError') {
      return new OutOfMemoryError(`${this.#backend}: out of GPU memory; dispose tensors or work in scope(). ${text}`);
    }
    return new ValidationError(`${this.#backend}: WebGPU refused a command: ${text}`);
  }
}
