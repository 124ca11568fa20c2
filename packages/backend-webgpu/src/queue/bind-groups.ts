import type { GpuBuffer } from '../memory/gpu-buffer.ts';

/** Groups kept per layout at most; a program in a loop needs far fewer. */
const CAPACITY = 4096;

type Node = Map<GpuBuffer, Node | GPUBindGroup>;

/** Bind groups of one layout, found by the buffers that they bind: one map per buffer, no keys to be made. */
export class BindGroups {
  readonly #device: GPUDevice;
  readonly #layout: GPUBindGroupLayout;
  readonly #params: GPUBufferBinding;
  #root: Node = new Map();
  #size = 0;

  /** `params`: what the last binding of every group is. */
  constructor(device: GPUDevice, layout: GPUBindGroupLayout, params: GPUBufferBinding) {
    this.#device = device;
    this.#layout = layout;
    this.#params = params;
  }

  /** `label`: the kernel that asks, which errors of a new group name. */
  get(buffers: readonly GpuBuffer[], label: string): GPUBindGroup {
    const last = buffers.length - 1;
    let node = this.#root;
    for (let i = 0; i < last; i++) {
      const buffer = buffers[i] as GpuBuffer;
      let next = node.get(buffer) as Node | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(buffer, next);
      }
      node = next;
    }
    const found = node.get(buffers[last] as GpuBuffer) as GPUBindGroup | undefined;
    return found ?? this.#create(buffers, label, node);
  }

  clear(): void {
    this.#root = new Map();
    this.#size = 0;
  }

  #create(buffers: readonly GpuBuffer[], label: string, node: Node): GPUBindGroup {
    for (const buffer of buffers) buffer.kernel ??= label;
    const entries: GPUBindGroupEntry[] = buffers.map(({ gpu }, binding) => ({ binding, resource: { buffer: gpu } }));
    entries.push({ binding: buffers.length, resource: this.#params });
    const group = this.#device.createBindGroup({ label, layout: this.#layout, entries });
    if (this.#size++ >= CAPACITY) this.clear();
    else node.set(buffers[buffers.length - 1] as GpuBuffer, group);
    return group;
  }
}
