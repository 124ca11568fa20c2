import { BackendError } from '@gradus/storage';

/** The GPU is gone: its driver was reset, another program took it, or the page's device was destroyed. */
export class DeviceLostError extends BackendError {
  override readonly name: string = 'DeviceLostError';
}

/** The GPU had no memory left for a buffer. */
export class OutOfMemoryError extends BackendError {
  override readonly name: string = 'OutOfMemoryError';
}

/** WebGPU refused a command: a bug in the backend, or in a kernel that was added to it. */
export class ValidationError extends BackendError {
  override readonly name: string = 'ValidationError';
}
