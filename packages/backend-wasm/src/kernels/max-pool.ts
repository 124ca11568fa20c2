import { type HostView, hostKernels, type MaxPoolKernel } from '@gradus/backend';
import { sizeOf } from '@gradus/storage';
import type { Engine } from '../engine.ts';
import { hostViewOf } from '../host-access.ts';
import { addressOf } from '../map.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { maxPoolKernel } from './max-pool-code.ts';

/** Nanoseconds per element of a window. */
const WINDOW_ELEMENT_COST = 0.5;

/** Max pooling over one or two spatial axes: contiguous float32 in vectors, everything else in JavaScript. */
export class MaxPoolRunner {
  readonly #engine: Engine;
  #pool: RangeKernel | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Runs the kernel, or answers false for more axes, which are left to the decomposition. */
  run(kernel: MaxPoolKernel): boolean {
    const { input, output, indices, window } = kernel;
    if (window.length > 2) return false;
    const views = [input, output, indices];
    if (output.dtype === 'float32' && views.every((view) => view.layout.isContiguous)) this.#vectors(kernel);
    else {
      const { memory } = this.#engine;
      const [from, to, places] = views.map((view) => hostViewOf(memory, view)) as [HostView, HostView, HostView];
      hostKernels.maxPool(from, to, places, kernel);
    }
    return true;
  }

  #vectors({ input, output, indices, window, geometry }: MaxPoolKernel): void {
    this.#pool ??= this.#engine.compile({ pool: maxPoolKernel() }).pool as RangeKernel;
    const { shape } = input.layout;
    const pointers = [input, output, indices].map(addressOf);
    // A line is a plane of one row.
    const pairs = [
      { sizes: shape.slice(2), missing: 1 },
      { sizes: output.layout.shape.slice(2), missing: 1 },
      { sizes: window, missing: 1 },
      { sizes: geometry.stride, missing: 1 },
      { sizes: geometry.padding, missing: 0 },
      { sizes: geometry.dilation, missing: 1 },
    ].flatMap(({ sizes, missing }) => [missing, ...sizes].slice(-2));
    const [results, elements] = [output.layout.shape.slice(2), window].map(sizeOf) as [number, number];
    const split = {
      total: (shape[0] as number) * (shape[1] as number),
      cost: WINDOW_ELEMENT_COST * results * elements,
    };
    this.#engine.parallel(this.#pool, split, ...pointers, ...pairs);
  }
}
