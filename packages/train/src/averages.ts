import type { Measurements } from './callback.ts';

/** Sums over the samples so far; plain data, for checkpoints. */
export interface SampleSums {
  readonly samples: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** Running means over samples. */
export class Averages {
  readonly #sums: Map<string, number>;
  readonly #started: number = performance.now();
  #samples: number;
  /** Those that were measured since the start. */
  #measured = 0;

  /** Goes on from the sums of an interrupted epoch, if there are any. */
  constructor(before: SampleSums | null = null) {
    this.#samples = before?.samples ?? 0;
    this.#sums = new Map(Object.entries(before?.sums ?? {}));
  }

  /** Adds the sums over a batch of `samples`. */
  add({ samples, sums }: SampleSums): void {
    this.#samples += samples;
    this.#measured += samples;
    for (const [name, sum] of Object.entries(sums)) this.#sums.set(name, (this.#sums.get(name) ?? 0) + sum);
  }

  measurements(): Measurements {
    const seconds = (performance.now() - this.#started) / 1000;
    return { ...means(this.state()), samplesPerSecond: this.#measured / seconds };
  }

  state(): SampleSums {
    return { samples: this.#samples, sums: Object.fromEntries(this.#sums) };
  }
}

export function means({ samples, sums }: SampleSums): Measurements {
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / samples]));
}
