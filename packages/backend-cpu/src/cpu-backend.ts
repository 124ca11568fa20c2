import {
  type Backend,
  type FusedKernel,
  type FusedName,
  HostMemoryBackend,
  type HostView,
  hostKernels,
  type MapProgram,
  type ReduceProgram,
  type ScanOp,
  type ScatterCombine,
} from '@gradus/backend';
import { canCompile } from './codegen/compile.ts';
import { fusedNames, runFused } from './fused.ts';
import { MapRunner } from './map.ts';
import { multiply } from './matmul/index.ts';
import { ReduceRunner } from './reduce.ts';

export interface CpuOptions {
  /** The backend's name; default `'cpu'`. */
  readonly name?: string;
  /** Whether to compile loops as text (`new Function`); default: where the engine allows it. */
  readonly codegen?: boolean;
}

/**
 * Kernels in plain JavaScript over typed arrays. Extend it to replace one kernel by your own:
 *
 * ```ts
 * class Blas extends CpuBackend {
 *   override matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean) { ... }
 * }
 * ```
 */
export class CpuBackend extends HostMemoryBackend {
  readonly #map: MapRunner;
  readonly #reduce: ReduceRunner;

  constructor({ name = 'cpu', codegen = canCompile() }: CpuOptions = {}) {
    super(name);
    this.#map = new MapRunner(codegen);
    this.#reduce = new ReduceRunner(codegen);
  }

  override map(
    program: MapProgram,
    inputs: readonly HostView[],
    outputs: readonly HostView[],
    uniforms: readonly number[],
  ): void {
    this.#map.run(program, inputs, outputs, uniforms);
  }

  override reduce(
    program: ReduceProgram,
    inputs: readonly HostView[],
    output: HostView,
    axes: readonly number[],
    uniforms: readonly number[],
    indices?: HostView,
  ): void {
    this.#reduce.run(program, inputs, output, axes, uniforms, indices);
  }

  override matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean): void {
    multiply(a, b, output, accumulate);
  }

  override scan(op: ScanOp, input: HostView, output: HostView, axis: number, indices?: HostView): void {
    hostKernels.scan(op, input, output, axis, indices);
  }

  override gather(source: HostView, index: HostView, output: HostView, axis: number): void {
    hostKernels.gather(source, index, output, axis);
  }

  override scatter(output: HostView, index: HostView, source: HostView, axis: number, combine: ScatterCombine): void {
    hostKernels.scatter(output, index, source, axis, combine);
  }

  override sort(input: HostView, values: HostView, indices: HostView, axis: number, descending: boolean): void {
    hostKernels.sort(input, values, indices, axis, descending);
  }

  override supports(name: FusedName): boolean {
    return fusedNames.has(name) || super.supports(name);
  }

  override fused(kernel: FusedKernel): void {
    if (!runFused(kernel)) super.fused(kernel);
  }
}

/** The cpu backend: `await use(cpu())`. */
export function cpu(options: CpuOptions = {}): Backend {
  return new CpuBackend(options);
}
