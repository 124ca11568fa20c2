import type { Measurements } from './callback.ts';
import type { Metric } from './metrics/metric.ts';

/** Sums over the samples so far; plain data, for checkpoints. */
export interface SampleSums {
  readonly samples: number;
  /** Of the loss, and of what each metric adds up. */
  readonly sums: Readonly<Record<string, readonly number[]>>;
}

/** What sums over samples say, in double precision: means, and what metrics make of their sums. */
export class Averages {
  readonly #metrics: ReadonlyMap<string, Metric<never>>;
  readonly #sums: Map<string, readonly number[]>;
  readonly #started: number = performance.now();
  #samples: number;
  /** Those that were measured since the start. */
  #measured = 0;

  /** Goes on from the sums of an interrupted epoch, if there are any. */
  constructor(metrics: readonly Metric<never>[], before: SampleSums | null = null) {
    this.#metrics = new Map(metrics.map((metric) => [metric.name, metric]));
    this.#samples = before?.samples ?? 0;
    this.#sums = new Map(Object.entries(before?.sums ?? {}));
  }

  add({ samples, sums }: SampleSums): void {
    this.#samples += samples;
    this.#measured += samples;
    for (const [name, values] of Object.entries(sums)) {
      const before = this.#sums.get(name);
      this.#sums.set(name, before === undefined ? values : values.map((value, i) => value + (before[i] as number)));
    }
  }

  measurements(): Measurements {
    const seconds = (performance.now() - this.#started) / 1000;
    const named = [...this.#sums].flatMap(([name, sums]) => Object.entries(this.#finish(name, sums)));
    return { ...Object.fromEntries(named), samplesPerSecond: this.#measured / seconds };
  }

  state(): SampleSums {
    return { samples: this.#samples, sums: Object.fromEntries(this.#sums) };
  }

  #finish(name: string, sums: readonly number[]): Measurements {
    const result = this.#metrics.get(name)?.finish?.(sums, this.#samples) ?? (sums[0] as number) / this.#samples;
    return typeof result === 'number' ? { [name]: result } : result;
  }
}
