/** GPUDevice, where the types of the platform have it: programs without them can still be checked. */
export type Device = typeof globalThis extends { GPUDevice: { prototype: infer Device } } ? Device : object;

/** GPUBuffer, likewise. */
export type Buffer = typeof globalThis extends { GPUBuffer: { prototype: infer Buffer } } ? Buffer : object;
