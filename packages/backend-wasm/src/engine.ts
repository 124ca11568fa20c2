import { encodeModule, FunctionBuilder, type ValueType } from './assembler/index.ts';
import { Emitter, Imports } from './codegen/emitter.ts';
import type { LinearMemory } from './memory/linear-memory.ts';

/** Exports of a kernel's module, by name. */
export type Kernels = Readonly<Record<string, (...values: number[]) => void>>;

/** One function of a module: its parameters, and what writes its body. */
export interface KernelSource {
  readonly params: readonly ValueType[];
  write(emitter: Emitter): void;
}

/** Turns kernels into modules over the backend's memory. */
export class Engine {
  readonly memory: LinearMemory;
  readonly relaxedSimd: boolean;

  constructor(memory: LinearMemory, relaxedSimd: boolean) {
    this.memory = memory;
    this.relaxedSimd = relaxedSimd;
  }

  compile(sources: Readonly<Record<string, KernelSource>>): Kernels {
    const imports = new Imports();
    const functions: Record<string, FunctionBuilder> = {};
    for (const [name, { params, write }] of Object.entries(sources)) {
      const builder = new FunctionBuilder(params);
      write(new Emitter(builder, imports, this.relaxedSimd));
      functions[name] = builder;
    }
    const bytes = encodeModule({ imports: imports.functions, functions });
    const env = { memory: this.memory.memory, ...imports.implementations };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    return exports as unknown as Kernels;
  }
}
