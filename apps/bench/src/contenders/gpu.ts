import { create, globals } from 'webgpu';

let launched = 0;

/** Kernels that this process has sent to the GPU, whoever wrote them. */
export function dispatches(): number {
  return launched;
}

/** Gives Node the GPU where pages have it, and counts what is dispatched. */
export function installGPU(): void {
  Object.assign(globalThis, globals);
  Object.defineProperty(navigator, 'gpu', { value: create([]), configurable: true });
  const pass = (globals as { GPUComputePassEncoder: { prototype: GPUComputePassEncoder } }).GPUComputePassEncoder
    .prototype;
  const dispatch = pass.dispatchWorkgroups;
  pass.dispatchWorkgroups = function (this: GPUComputePassEncoder, ...groups: [number, number?, number?]) {
    launched++;
    return dispatch.apply(this, groups);
  };
}
