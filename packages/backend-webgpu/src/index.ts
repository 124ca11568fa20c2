export { DeviceLostError, OutOfMemoryError, ValidationError } from './device/errors.ts';
export { type WebGPUOptions, WebGPUBackend, webgpu } from './webgpu-backend.ts';
