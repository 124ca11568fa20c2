import { encodeModule, FunctionBuilder, type ValueType } from './assembler/index.ts';
import { Emitter, Imports } from './codegen/emitter.ts';
import type { LinearMemory } from './memory/linear-memory.ts';
import type { KernelOrigin, Pool } from './pool/pool.ts';
import type { RangeKernel } from './pool/take-chunks.ts';

/** Exports of a kernel's module, by name. */
export type Kernels = Readonly<Record<string, (...values: number[]) => void>>;

/** One function of a module: its parameters, and what writes its body. */
export interface KernelSource {
  readonly params: readonly ValueType[];
  write(emitter: Emitter): void;
}

/** How a kernel's work may be cut. */
export interface Split {
  /** Items in all. */
  readonly total: number;
  /** About how long one item takes on one thread, in nanoseconds. */
  readonly cost: number;
  /** Cuts are made at multiples of this many items; default 1. */
  readonly align?: number;
}

export interface EngineOptions {
  readonly relaxedSimd: boolean;
  /** Other threads, if any. */
  readonly pool: Pool | null;
  /** Nanoseconds of work from which on a kernel is split. */
  readonly splitAbove: number;
}

/** Chunks per thread: who is interrupted leaves the rest to others. */
const CHUNKS = 4;

/** Turns kernels into modules over the backend's memory, and runs them, on all threads where that pays. */
export class Engine {
  readonly memory: LinearMemory;
  readonly relaxedSimd: boolean;
  readonly #pool: Pool | null;
  readonly #splitAbove: number;
  /** Kernels that other threads can make too: those that call no JavaScript. */
  readonly #origins = new WeakMap<RangeKernel, KernelOrigin>();
  readonly #compiled = new Map<string, Kernels>();

  constructor(memory: LinearMemory, { relaxedSimd, pool, splitAbove }: EngineOptions) {
    this.memory = memory;
    this.relaxedSimd = relaxedSimd;
    this.#pool = pool;
    this.#splitAbove = splitAbove;
  }

  compile(sources: Readonly<Record<string, KernelSource>>): Kernels {
    const imports = new Imports();
    const target = { functions: Object.keys(sources), imports, relaxedSimd: this.relaxedSimd };
    const functions: Record<string, FunctionBuilder> = {};
    for (const [name, { params, write }] of Object.entries(sources)) {
      const builder = new FunctionBuilder(params);
      write(new Emitter(builder, target));
      functions[name] = builder;
    }
    const bytes = encodeModule({ imports: imports.functions, functions, shared: this.memory.isShared });
    const env = { memory: this.memory.memory, thread: 0, ...imports.implementations };
    const kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports as unknown as Kernels;
    if (this.#pool !== null && imports.functions.length === 0) {
      const module = { bytes };
      Object.values(kernels).forEach((kernel, index) => {
        this.#origins.set(kernel, { module, index });
      });
    }
    return kernels;
  }

  /** The kernel of that name, compiled once per list of what its code depends on. `sources` has it, and functions that it calls. */
  kernel(
    name: string,
    form: readonly (string | boolean)[],
    sources: () => Readonly<Record<string, KernelSource>>,
  ): RangeKernel {
    const key = `${name} ${form.join(' ')}`;
    const kernels = this.#compiled.get(key) ?? this.compile(sources());
    this.#compiled.set(key, kernels);
    return kernels[name] as RangeKernel;
  }

  /** Threads that kernels may run on. */
  get threads(): number {
    return this.#pool?.threads ?? 1;
  }

  /** In how many pieces so many nanoseconds of work are best cut: 1 where that doesn't pay. */
  pieces(work: number): number {
    if (this.threads === 1 || work <= this.#splitAbove) return 1;
    return Math.min(CHUNKS * this.threads, Math.ceil((CHUNKS * work) / this.#splitAbove));
  }

  /**
   * Runs kernel(from, to, ...rest) over the items [0, total), in chunks on all threads where there is enough to do. The kernel
   * writes nothing but what belongs to its items (or to its thread: `threadNumber`), so that results don't depend on the cuts.
   */
  parallel(kernel: RangeKernel, { total, cost, align = 1 }: Split, ...rest: number[]): void {
    const pieces = this.pieces(total * cost);
    const size = Math.ceil(total / pieces / align) * align;
    const origin = size < total ? this.#origins.get(kernel) : undefined;
    if (origin !== undefined && this.#pool?.run(kernel, origin, total, size, rest)) return;
    kernel(0, total, ...rest);
  }
}
