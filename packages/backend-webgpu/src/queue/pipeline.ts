import { COMPUTE_STAGE } from '../device/usage.ts';
import { BindGroups } from './bind-groups.ts';
import { type KernelSource, moduleText, type ParamType } from './kernel-source.ts';

/** Parameters start at multiples of this many bytes. */
const PARAM_ALIGNMENT = 256;

/** A kernel that is ready to be dispatched. */
export interface Pipeline {
  readonly label: string;
  readonly gpu: GPUComputePipeline;
  readonly groups: BindGroups;
  readonly paramTypes: readonly ParamType[];
  /** Bytes of its parameters, a multiple of their alignment. */
  readonly paramBytes: number;
}

/** Makes pipelines. Those that bind alike share a layout, and so their bind groups. */
export class PipelineFactory {
  readonly #device: GPUDevice;
  readonly #params: GPUBuffer;
  readonly #layouts = new Map<string, { readonly layout: GPUPipelineLayout; readonly groups: BindGroups }>();

  /** `params`: the buffer that all parameters are read from. */
  constructor(device: GPUDevice, params: GPUBuffer) {
    this.#device = device;
    this.#params = params;
  }

  create(source: KernelSource): Pipeline {
    const { label } = source;
    const paramBytes = Math.ceil(Math.max(1, source.params.length * 4) / PARAM_ALIGNMENT) * PARAM_ALIGNMENT;
    const { layout, groups } = this.#layoutFor(source, paramBytes);
    const module = this.#device.createShaderModule({ label, code: moduleText(source) });
    const gpu = this.#device.createComputePipeline({ label, layout, compute: { module, entryPoint: 'main' } });
    return { label, gpu, groups, paramTypes: source.params.map(({ type }) => type), paramBytes };
  }

  /** Forgets bind groups, so that they keep no destroyed buffer. */
  clearGroups(): void {
    for (const { groups } of this.#layouts.values()) groups.clear();
  }

  #layoutFor({ bindings }: KernelSource, paramBytes: number): { layout: GPUPipelineLayout; groups: BindGroups } {
    const key = `${bindings.map(({ written }) => (written ? 'w' : 'r')).join('')}${paramBytes}`;
    let found = this.#layouts.get(key);
    if (found === undefined) {
      const storage = bindings.map(({ written }, binding) => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: { type: written ? ('storage' as const) : ('read-only-storage' as const) },
      }));
      const uniform = {
        binding: bindings.length,
        visibility: COMPUTE_STAGE,
        buffer: { type: 'uniform' as const, hasDynamicOffset: true, minBindingSize: paramBytes },
      };
      const group = this.#device.createBindGroupLayout({ entries: [...storage, uniform] });
      const layout = this.#device.createPipelineLayout({ bindGroupLayouts: [group] });
      const groups = new BindGroups(this.#device, group, { buffer: this.#params, size: paramBytes });
      found = { layout, groups };
      this.#layouts.set(key, found);
    }
    return found;
  }
}
