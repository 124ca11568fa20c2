import { argmax, eq, narrow, onesLike, type Tensor, where, zeros } from '@gradus/tensor';
import type { Measurements } from '../callback.ts';
import { assertClasses } from './classification.ts';
import type { Metric, Target } from './metric.ts';

export interface ConfusionOptions {
  /** How many classes there are. */
  readonly classes: number;
  /** Class index whose positions don't count, such as padding. */
  readonly ignoreIndex?: number;
}

export interface ScoreOptions extends ConfusionOptions {
  /**
   * How scores of classes become one: 'macro' (the default) is their mean over the classes that occur, 'weighted' counts each class
   * as often as it occurs, 'micro' counts all predictions together.
   */
  readonly average?: 'micro' | 'macro' | 'weighted';
}

/** Rows: the target class; columns: the predicted one. */
export type Counts = readonly (readonly number[])[];

/**
 * Counts which class is taken for which: outputs [N, C, ...], targets [N, ...]. It adds no number to what is measured; its `counts`
 * are those of the data that were measured last.
 *
 * ```ts
 * const confusion = new ConfusionMatrix(({ label }) => label, { classes: 10 })
 * await new Trainer({ ..., metrics: [confusion] }).evaluate(loader)
 * console.table(confusion.counts)
 * ```
 */
export class ConfusionMatrix<Batch> implements Metric<Batch> {
  readonly name: string = 'confusion';
  counts: Counts = [];
  readonly #target: Target<Batch>;
  readonly #options: ConfusionOptions;

  constructor(target: Target<Batch>, options: ConfusionOptions) {
    this.#target = target;
    this.#options = options;
  }

  compute(outputs: Tensor, batch: Batch): Tensor {
    return countPairs(this.name, outputs, this.#target(batch), this.#options);
  }

  finish(sums: readonly number[]): Measurements {
    this.counts = rows(sums, this.#options.classes);
    return {};
  }
}

/** Of those predicted as a class, the share that belongs to it; 0 where none is predicted. */
export function precision<Batch>(target: Target<Batch>, options: ScoreOptions): Metric<Batch> {
  return score('precision', target, options, ({ hits, predicted }) => share(hits, predicted));
}

/** Of those that belong to a class, the share that is predicted as it; 0 where none belongs to it. */
export function recall<Batch>(target: Target<Batch>, options: ScoreOptions): Metric<Batch> {
  return score('recall', target, options, ({ hits, actual }) => share(hits, actual));
}

/** The harmonic mean of precision and recall. */
export function f1<Batch>(target: Target<Batch>, options: ScoreOptions): Metric<Batch> {
  return score('f1', target, options, ({ hits, predicted, actual }) => share(2 * hits, predicted + actual));
}

/** What is counted of one class, or of all. */
interface ClassCounts {
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
}

function score<Batch>(
  name: string,
  target: Target<Batch>,
  options: ScoreOptions,
  scoreOf: (counts: ClassCounts) => number,
): Metric<Batch> {
  const { classes, average = 'macro' } = options;
  return {
    name,
    compute: (outputs, batch) => countPairs(name, outputs, target(batch), options),
    finish: (sums) => {
      const all = classCounts(rows(sums, classes));
      const total = (key: keyof ClassCounts): number => all.reduce((sum, counts) => sum + counts[key], 0);
      if (average === 'micro') {
        return scoreOf({ hits: total('hits'), predicted: total('predicted'), actual: total('actual') });
      }
      if (average === 'weighted') {
        return share(
          all.reduce((sum, counts) => sum + counts.actual * scoreOf(counts), 0),
          total('actual'),
        );
      }
      const occurring = all.filter(({ predicted, actual }) => predicted + actual > 0);
      return share(
        occurring.reduce((sum, counts) => sum + scoreOf(counts), 0),
        occurring.length,
      );
    },
  };
}

/** How often each class is predicted for each, [classes * classes]; a bin at the end takes what doesn't count. */
function countPairs(metric: string, outputs: Tensor, targets: Tensor, options: ConfusionOptions): Tensor {
  const { classes, ignoreIndex } = options;
  assertClasses(metric, outputs, targets);
  const pairs = targets
    .int()
    .mul(classes)
    .add(argmax(outputs, { dim: 1 }));
  const bins = ignoreIndex === undefined ? pairs : where(eq(targets, ignoreIndex), classes * classes, pairs);
  const index = bins.reshape([-1]);
  const counts = zeros([classes * classes + 1], { dtype: 'int32', backend: outputs.backend });
  counts.scatterAdd_(0, index, onesLike(index));
  return narrow(counts, 0, 0, classes * classes).clone();
}

function rows(sums: readonly number[], classes: number): Counts {
  return Array.from({ length: classes }, (_, row) => sums.slice(row * classes, (row + 1) * classes));
}

function classCounts(counts: Counts): ClassCounts[] {
  return counts.map((row, i) => ({
    hits: row[i] as number,
    predicted: counts.reduce((sum, other) => sum + (other[i] as number), 0),
    actual: row.reduce((sum, count) => sum + count, 0),
  }));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
