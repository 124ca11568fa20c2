import { forEachBlock, hostKernels, type SoftmaxKernel, stridedGrid } from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import type { Engine } from '../engine.ts';
import { hostViewOf } from '../host-access.ts';
import { pointerOf } from '../map.ts';
import { writeOperand } from '../memory/arguments.ts';
import { softmaxKernel } from './softmax-code.ts';

/** Nanoseconds per element: an exponential, and three ways through the line. */
const ELEMENT_COST = 1.5;

/** Softmax along an axis whose elements are neighbours. */
export class SoftmaxRunner {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Runs the kernel, or answers false for strided axes, which the decomposition walks better. */
  run({ input, output, axis, log }: SoftmaxKernel): boolean {
    const { memory } = this.#engine;
    const { dtype } = output;
    if (dtype !== 'float32' && dtype !== 'float64') {
      hostKernels.softmax(hostViewOf(memory, input), hostViewOf(memory, output), axis, log);
      return true;
    }
    const { shape, rank } = output.layout;
    const views = [input, output];
    if (rank === 0 || views.some((view) => view.layout.strides[axis] !== 1)) return false;
    const others = shape.map((_, i) => i).filter((i) => i !== axis);
    const grid = stridedGrid(
      others.map((i) => shape[i] as number),
      views.map((view) => view.layout.offset),
      views.map((view) => others.map((i) => view.layout.strides[i] as number)),
    );
    const pointers = views.map(pointerOf);
    const size = itemSize(dtype);
    const loop = this.#engine.kernel('softmax', [dtype, log], () => ({ softmax: softmaxKernel(dtype, log) }));
    const length = shape[axis] as number;
    const words = memory.array('int32') as Int32Array;
    forEachBlock(grid, () => {
      for (let row = 0; row < grid.rows; row++) {
        views.forEach((_, k) => {
          const start = (grid.offsets[k] as number) + row * (grid.rowStrides[k] as number);
          writeOperand(words, k, (pointers[k] as number) + start * size, (grid.strides[k] as number) * size, size);
        });
        this.#engine.parallel(loop, { total: grid.columns, cost: ELEMENT_COST * length }, length);
      }
    });
    return true;
  }
}
