export { DeviceLostError, OutOfMemoryError, ValidationError } from './device/errors.ts';
export { WebGPUBackend, type WebGPUOptions, webgpu } from './webgpu-backend.ts';
