import type { SortKernel } from '@gradus/backend';
import type { Engine } from '../engine.ts';
import type { Allocator } from '../memory/allocator.ts';
import { forEachRun, linesOf } from './lines.ts';
import { sortKernel, sortRoom } from './sort-code.ts';

/** Nanoseconds per element. */
const ELEMENT_COST = 15;

/** Sorts along an axis, always stable. */
export class SortRunner {
  readonly #engine: Engine;
  readonly #allocator: Allocator;

  constructor(engine: Engine, allocator: Allocator) {
    this.#engine = engine;
    this.#allocator = allocator;
  }

  run({ input, values, indices, axis, descending }: SortKernel): void {
    const views = [input, values, indices];
    const lines = linesOf(views, axis);
    const { length, grid } = lines;
    const { dtype } = input;
    const loop = this.#engine.kernel('sort', [dtype, descending], () => ({ sort: sortKernel(dtype, descending) }));
    const room = sortRoom(dtype, length);
    this.#allocator.lend(room * this.#engine.threads, (own) => {
      const words = this.#engine.memory.array('int32') as Int32Array;
      forEachRun(words, views, lines, () => {
        this.#engine.parallel(loop, { total: grid.columns, cost: ELEMENT_COST * length }, length, own, room);
      });
    });
  }
}
