import type { View as StorageView } from '@gradus/storage';
import type { Backend } from './backend.ts';
import type { MapProgram, ReduceProgram } from './expression/program.ts';
import type { FusedKernel } from './fused.ts';

/** Elements of one dtype in a backend's storage. */
export type View = StorageView<Backend>;

/**
 * A launch, as plain data. The caller allocates every output; a kernel writes into the given views (which may be
 * strided) and allocates nothing the caller sees. An input may share memory with an output only where both have the
 * same layout, or where they don't overlap. No output overlaps itself.
 */
export type Kernel =
  | MapKernel
  | ReduceKernel
  | ScanKernel
  | MatMulKernel
  | GatherKernel
  | ScatterKernel
  | SortKernel
  | FusedKernel;

export type KernelKind = Kernel['kind'];

/** `outputs[o][i] = program.outputs[o](inputs[0][i], ..., coordinates)`: all views have one shape. */
export interface MapKernel {
  readonly kind: 'map';
  readonly program: MapProgram;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
  readonly uniforms: readonly number[];
}

/** Folds over axes: the inputs have one shape, `output` (and `indices`) the same with the reduced axes of size 1. */
export interface ReduceKernel {
  readonly kind: 'reduce';
  readonly program: ReduceProgram;
  readonly inputs: readonly View[];
  readonly output: View;
  readonly axes: readonly number[];
  readonly uniforms: readonly number[];
  /** For max and min: where (int32, flat over the reduced axes) the first extreme stands. */
  readonly indices?: View;
}

export type ScanOp = 'sum' | 'prod' | 'max' | 'min' | 'logsumexp';

/** Running folds along an axis; max and min can give the index of the running extreme (the last of equals). */
export interface ScanKernel {
  readonly kind: 'scan';
  readonly op: ScanOp;
  readonly input: View;
  readonly output: View;
  readonly axis: number;
  readonly indices?: View;
}

/** output[..., m, n] = a[..., m, k] b[..., k, n], added to what is there when `accumulate`. Batch axes are equal. */
export interface MatMulKernel {
  readonly kind: 'matmul';
  readonly a: View;
  readonly b: View;
  readonly output: View;
  readonly accumulate: boolean;
}

/** output[i, j, k] = source[i, index[i, j, k], k] for axis 1. The source may be larger along the other axes. */
export interface GatherKernel {
  readonly kind: 'gather';
  readonly source: View;
  readonly index: View;
  readonly output: View;
  readonly axis: number;
}

export type ScatterCombine = 'replace' | 'sum' | 'prod' | 'max' | 'min';

/**
 * output[i, index[i, j, k], k] combined with source[i, j, k] for axis 1, into what `output` holds. Deterministic:
 * duplicates are combined in row-major order (the last one wins for 'replace').
 */
export interface ScatterKernel {
  readonly kind: 'scatter';
  readonly output: View;
  readonly index: View;
  readonly source: View;
  readonly axis: number;
  readonly combine: ScatterCombine;
}

/** Sorted values and where they came from along an axis. NaN counts as the largest. */
export interface SortKernel {
  readonly kind: 'sort';
  readonly input: View;
  readonly values: View;
  readonly indices: View;
  readonly axis: number;
  readonly descending: boolean;
  readonly stable: boolean;
}
