import { BackendError, dtypes } from '@gradus/storage';
import type { Backend, Capabilities, MemoryReport } from '../backend.ts';
import { decompose } from '../decompositions/index.ts';
import type { MapProgram, ReduceProgram } from '../expression/program.ts';
import type { FusedKernel, FusedName } from '../fused.ts';
import type { Kernel, ScanOp, ScatterCombine } from '../kernel.ts';
import { Ledger } from '../memory/ledger.ts';
import { sizeClass } from '../memory/size-class.ts';
import { HostBuffer } from './host-buffer.ts';
import { type HostView, hostView } from './host-view.ts';

/** Every dtype's array fits a whole number of bytes of this many. */
const UNIT = 8;

/** Bytes of released memory that are kept for reuse. */
const KEPT = 256 * 1024 * 1024;

/**
 * A backend whose memory is plain typed arrays, and whose kernels are a subclass's own, all of them: then a program
 * doesn't carry the interpreter that `HostBackend` has for the others.
 */
export abstract class HostMemoryBackend implements Backend {
  readonly name: string;
  readonly capabilities: Capabilities = {
    dtypes: new Set(dtypes),
    syncRead: true,
    garbageCollected: true,
    maxBufferBytes: 2 ** 32,
    maxOperands: Number.POSITIVE_INFINITY,
    threads: 1,
  };
  /** Buffers are kept together with their typed arrays, which cost more to make than to keep. */
  readonly #ledger: Ledger<HostBuffer> = new Ledger();

  constructor(name: string) {
    this.name = name;
  }

  allocate(byteLength: number): HostBuffer {
    if (byteLength > this.capabilities.maxBufferBytes) {
      throw new BackendError(
        `${this.name}: a tensor of ${byteLength} bytes is larger than the limit of ${this.capabilities.maxBufferBytes}`,
      );
    }
    const capacity = sizeClass(byteLength, UNIT);
    const buffer = this.#ledger.reuse(capacity) ?? new HostBuffer(new ArrayBuffer(capacity));
    buffer.byteLength = byteLength;
    this.#ledger.lend(byteLength);
    return buffer;
  }

  release(handle: HostBuffer): void {
    const capacity = handle.bytes.byteLength;
    this.#ledger.takeBack(handle.byteLength);
    if (this.#ledger.counts.pooledBytes + capacity <= KEPT) this.#ledger.keep(handle, capacity);
  }

  upload(handle: HostBuffer, byteOffset: number, bytes: Uint8Array): void {
    new Uint8Array(handle.bytes).set(bytes, byteOffset);
  }

  async download(handle: HostBuffer, byteOffset: number, byteLength: number): Promise<Uint8Array> {
    return this.downloadSync(handle, byteOffset, byteLength);
  }

  downloadSync(handle: HostBuffer, byteOffset: number, byteLength: number): Uint8Array {
    return new Uint8Array(handle.bytes.slice(byteOffset, byteOffset + byteLength));
  }

  launch(kernel: Kernel): void {
    switch (kernel.kind) {
      case 'map':
        return this.map(kernel.program, kernel.inputs.map(hostView), kernel.outputs.map(hostView), kernel.uniforms);
      case 'reduce': {
        const [inputs, indices] = [kernel.inputs.map(hostView), kernel.indices && hostView(kernel.indices)];
        return this.reduce(kernel.program, inputs, hostView(kernel.output), kernel.axes, kernel.uniforms, indices);
      }
      case 'scan': {
        const indices = kernel.indices && hostView(kernel.indices);
        return this.scan(kernel.op, hostView(kernel.input), hostView(kernel.output), kernel.axis, indices);
      }
      case 'matmul':
        return this.matmul(hostView(kernel.a), hostView(kernel.b), hostView(kernel.output), kernel.accumulate);
      case 'gather':
        return this.gather(hostView(kernel.source), hostView(kernel.index), hostView(kernel.output), kernel.axis);
      case 'scatter': {
        const [output, index] = [hostView(kernel.output), hostView(kernel.index)];
        return this.scatter(output, index, hostView(kernel.source), kernel.axis, kernel.combine);
      }
      case 'sort': {
        const [values, indices] = [hostView(kernel.values), hostView(kernel.indices)];
        return this.sort(hostView(kernel.input), values, indices, kernel.axis, kernel.descending);
      }
      case 'fused':
        return this.fused(kernel);
    }
  }

  abstract map(
    program: MapProgram,
    inputs: readonly HostView[],
    outputs: readonly HostView[],
    uniforms: readonly number[],
  ): void;

  abstract reduce(
    program: ReduceProgram,
    inputs: readonly HostView[],
    output: HostView,
    axes: readonly number[],
    uniforms: readonly number[],
    indices?: HostView,
  ): void;

  abstract scan(op: ScanOp, input: HostView, output: HostView, axis: number, indices?: HostView): void;

  abstract matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean): void;

  abstract gather(source: HostView, index: HostView, output: HostView, axis: number): void;

  abstract scatter(output: HostView, index: HostView, source: HostView, axis: number, combine: ScatterCombine): void;

  /** The order is stable always. */
  abstract sort(input: HostView, values: HostView, indices: HostView, axis: number, descending: boolean): void;

  /** Only called for kernels that `supports` says yes to, or by whoever launches without asking. */
  fused(kernel: FusedKernel): void {
    decompose(this, kernel);
  }

  /** Factorizations are algorithms on host memory. */
  supports(name: FusedName): boolean {
    return name === 'factorization';
  }

  async synchronize(): Promise<void> {}

  memory(): MemoryReport {
    return { ...this.#ledger.counts };
  }

  async dispose(): Promise<void> {
    this.#ledger.kept.clear();
  }
}
