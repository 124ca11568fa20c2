import { type Backend, withScratch } from '@gradus/backend';
import { CHUNK, countSource, DIGIT_BITS, DIGITS, placeSource, RADIX_WORKGROUP } from '../codegen/radix-source.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { workgroupsFor } from './workgroups.ts';

/** Keys and the places that they came from, line after line. */
export type Pairs = readonly [keys: GpuBuffer, places: GpuBuffer];

/** Sorts lines of (key, place) pairs digit by digit, from the lowest on: stable, so places of equal keys keep their order. */
export class RadixSort {
  readonly #backend: Backend;
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  #count: Pipeline | null = null;
  #place: Pipeline | null = null;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#backend = backend;
    this.#queue = queue;
    this.#pool = pool;
  }

  /** In place: the number of passes is even. */
  run(pairs: Pairs, lines: number, length: number): void {
    const chunks = Math.ceil(length / CHUNK);
    const [keys, places] = [0, 1].map(() => this.#pool.reserve(4 * lines * length)) as [GpuBuffer, GpuBuffer];
    let [from, to]: [Pairs, Pairs] = [pairs, [keys, places]];
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      this.#pass(from, to, [lines, length, chunks, shift]);
      [from, to] = [to, from];
    }
    this.#pool.recycle(keys);
    this.#pool.recycle(places);
  }

  #pass([keys, places]: Pairs, to: Pairs, params: readonly [number, number, number, number]): void {
    this.#count ??= this.#queue.createPipeline(countSource());
    this.#place ??= this.#queue.createPipeline(placeSource());
    const [lines, , chunks] = params;
    const groups = workgroupsFor(lines * chunks, RADIX_WORKGROUP);
    withScratch(this.#backend, (allocate) => {
      const counts = allocate([lines, DIGITS * chunks], 'int32');
      const buffer = counts.storage.handle as GpuBuffer;
      this.#queue.dispatch(this.#count as Pipeline, [keys, buffer], params, groups);
      this.#backend.launch({ kind: 'scan', op: 'sum', input: counts, output: counts, axis: 1 });
      this.#queue.dispatch(this.#place as Pipeline, [keys, places, buffer, ...to], params, groups);
    });
  }
}
