export { DeviceLostError, OutOfMemoryError, ValidationError } from './device/errors.ts';
export type { TuningStore } from './kernels/product-tuner.ts';
export { WebGPUBackend, type WebGPUOptions, webgpu } from './webgpu-backend.ts';
