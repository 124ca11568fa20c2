import type { Control } from './control.ts';
import type { RangeKernel, takeChunks } from './take-chunks.ts';

/** All that a worker is told. */
export interface Assignment {
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1 on. */
  readonly thread: number;
  /** Where the control block begins, in bytes, and the places of its words. */
  readonly start: number;
  readonly at: Control;
}

/**
 * A worker's life: waits for jobs, joins each, and takes its share. It never returns to its event loop and so receives no
 * message after the first; modules are compiled from their bytes in linear memory.
 *
 * A job's words are only read between joining it and leaving it: the calling thread closes a job and then waits for all who are
 * in it, before it writes the next one.
 *
 * It is sent to workers as text: it refers to nothing outside of itself.
 */
export function serve({ memory, thread, start, at }: Assignment, take: typeof takeChunks): void {
  const words = new Int32Array(memory.buffer, start);
  const modules: RangeKernel[][] = [];
  let last = 0;
  Atomics.add(words, at.ready, 1);
  for (;;) {
    let job = Atomics.load(words, at.job);
    const spins = words[at.spins] as number;
    for (let spin = 0; spin < spins && (job === last || job % 2 === 0); spin++) job = Atomics.load(words, at.job);
    if (job === last || job % 2 === 0) {
      Atomics.add(words, at.sleeping, 1);
      Atomics.wait(words, at.job, job);
      Atomics.sub(words, at.sleeping, 1);
      continue;
    }
    Atomics.add(words, at.active, 1);
    if (Atomics.load(words, at.job) === job) {
      last = job;
      try {
        const id = words[at.module] as number;
        if (modules[id] === undefined) {
          memory.grow(0); // Other threads may have made it longer: the buffer is that of now.
          const [pointer, byteLength] = [(words[at.pointer] as number) >>> 0, words[at.byteLength] as number];
          const bytes = new Uint8Array(memory.buffer).slice(pointer, pointer + byteLength);
          const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, thread } });
          modules[id] = Object.values(exports) as RangeKernel[];
        }
        take(words, at, thread, (modules[id] as RangeKernel[])[words[at.index] as number] as RangeKernel);
      } catch {
        Atomics.store(words, at.failed, 1);
      }
    }
    Atomics.sub(words, at.active, 1);
  }
}
