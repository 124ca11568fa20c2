import type { DType, MemoryOwner } from '@gradus/storage';
import type { FusedName } from './fused.ts';
import type { Kernel, KernelKind } from './kernel.ts';

/** A backend's own name for a buffer; nobody else looks inside. */
export type Handle = unknown;

/** What a backend can do; the layer above arranges everything else. */
export interface Capabilities {
  readonly dtypes: ReadonlySet<DType>;
  /** Whether `downloadSync` exists. */
  readonly syncRead: boolean;
  /** Whether a buffer nobody holds is collected by the JavaScript engine itself, so that no finalizer is needed. */
  readonly garbageCollected: boolean;
  readonly maxBufferBytes: number;
  /** Views that one Map may bind, inputs and outputs together; a larger one is split. */
  readonly maxOperands: number;
  readonly threads: number;
  /** Kinds whose views must be contiguous; others are copied before the launch. */
  readonly contiguousOnly?: ReadonlySet<KernelKind>;
}

/** Memory in use, in buffers and bytes. */
export interface MemoryReport {
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Kept for reuse. */
  readonly pooledBytes: number;
  readonly peakBytes: number;
}

/**
 * What runs kernels. `launch` returns at once and may run later, in order; only reading back waits.
 * A new backend must run the seven kinds of `Kernel` other than 'fused'; `HostBackend` gives all of them to backends
 * whose memory is plain typed arrays.
 */
export interface Backend extends MemoryOwner {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Called once by `use` before the first allocation, for what can't be done synchronously. */
  initialize?(): Promise<void>;
  /** A buffer whose content is undefined. */
  allocate(byteLength: number): Handle;
  release(handle: Handle): void;
  /**
   * What releases a buffer that nobody can reach any more, where `garbageCollected` is false; it must not hold the handle if the
   * engine is to collect what the handle holds. Default: a call of `release`.
   */
  finalizer?(handle: Handle): () => void;
  upload(handle: Handle, byteOffset: number, bytes: Uint8Array): void;
  download(handle: Handle, byteOffset: number, byteLength: number): Promise<Uint8Array>;
  downloadSync?(handle: Handle, byteOffset: number, byteLength: number): Uint8Array;
  launch(kernel: Kernel): void;
  /** Whether it runs a fused kernel itself. */
  supports(name: FusedName): boolean;
  /** Resolves when everything launched so far has run. */
  synchronize(): Promise<void>;
  memory(): MemoryReport;
  dispose(): Promise<void>;
}
