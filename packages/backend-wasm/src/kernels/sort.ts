import type { SortKernel } from '@gradus/backend';
import type { Engine } from '../engine.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { forEachRun, linesOf } from './lines.ts';
import { sortKernel, sortRoom } from './sort-code.ts';

/** Nanoseconds per element. */
const ELEMENT_COST = 15;

/** Sorts along an axis, always stable. */
export class SortRunner {
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #loops = new Map<string, RangeKernel>();

  constructor(engine: Engine, allocator: Allocator) {
    this.#engine = engine;
    this.#allocator = allocator;
  }

  run({ input, values, indices, axis, descending }: SortKernel): void {
    const views = [input, values, indices];
    const lines = linesOf(views, axis);
    const { length, grid } = lines;
    const loop = this.#loopFor(input.dtype, descending);
    const room = sortRoom(input.dtype, length);
    this.#allocator.lend(room * this.#engine.threads, (own) => {
      const words = this.#engine.memory.array('int32') as Int32Array;
      forEachRun(words, views, lines, () => {
        this.#engine.parallel(loop, { total: grid.columns, cost: ELEMENT_COST * length }, length, own, room);
      });
    });
  }

  #loopFor(dtype: SortKernel['input']['dtype'], descending: boolean): RangeKernel {
    const key = `${dtype} ${descending}`;
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      loop = this.#engine.compile({ sort: sortKernel(dtype, descending) }).sort as RangeKernel;
      this.#loops.set(key, loop);
    }
    return loop;
  }
}
