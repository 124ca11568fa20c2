import { ArgumentError } from '@gradus/storage';
import type { Measurements } from './callback.ts';
import type { Metric } from './metrics/metric.ts';

/** Sums over the samples so far; plain data, for checkpoints. */
export interface SampleSums {
  readonly samples: number;
  /** Of the loss and its parts, and of what each metric adds up. */
  readonly sums: Readonly<Record<string, readonly number[]>>;
}

/** Throws an ArgumentError where the one has numbers that the other lacks: their means would not be those of all samples. */
export function addSums(before: SampleSums, more: SampleSums): SampleSums {
  const names = Object.keys(before.sums);
  const unmatched = [...names, ...Object.keys(more.sums)].find((name) => !(name in more.sums && name in before.sums));
  if (unmatched !== undefined) {
    throw new ArgumentError(
      `Trainer: '${unmatched}' was measured in some batches of an epoch only; measure it in all of them`,
    );
  }
  const sums = names.map((name) => [
    name,
    (before.sums[name] as number[]).map((sum, i) => sum + (more.sums[name]?.[i] as number)),
  ]);
  return { samples: before.samples + more.samples, sums: Object.fromEntries(sums) };
}

/** What sums over samples say, in double precision: means, and what metrics make of their sums. */
export class Averages {
  readonly #metrics: ReadonlyMap<string, Metric<never, never>>;
  readonly #started: number = performance.now();
  #sums: SampleSums | null;
  /** Samples that were measured since the start. */
  #measured = 0;

  /** Goes on from the sums of an interrupted epoch, if there are any. */
  constructor(metrics: readonly Metric<never, never>[], before: SampleSums | null = null) {
    this.#metrics = new Map(metrics.map((metric) => [metric.name, metric]));
    this.#sums = before;
  }

  add(more: SampleSums): void {
    this.#measured += more.samples;
    this.#sums = this.#sums === null ? more : addSums(this.#sums, more);
  }

  measurements(): Measurements {
    const seconds = (performance.now() - this.#started) / 1000;
    const named = Object.entries(this.#sums?.sums ?? {}).flatMap(([name, sums]) =>
      Object.entries(this.#finish(name, sums)),
    );
    return { ...Object.fromEntries(named), samplesPerSecond: this.#measured / seconds };
  }

  state(): SampleSums | null {
    return this.#sums;
  }

  #finish(name: string, sums: readonly number[]): Measurements {
    const samples = this.#sums?.samples ?? 0;
    const result = this.#metrics.get(name)?.finish?.(sums, samples) ?? (sums[0] as number) / samples;
    return typeof result === 'number' ? { [name]: result } : result;
  }
}
