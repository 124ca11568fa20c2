import { ArgumentError, ShapeError } from '@gradus/storage';
import { argmax, eq, gather, gt, lt, ne, scalar, stack, sum, type Tensor } from '@gradus/tensor';
import type { Metric, Target } from './metric.ts';

export interface AccuracyOptions {
  /** Class index whose positions don't count, such as padding. */
  readonly ignoreIndex?: number;
}

export interface TopKOptions extends AccuracyOptions {
  readonly k: number;
}

/**
 * The share of predictions whose largest score, of outputs [N, C] or [N, C, d1, ...], is that of the target class, [N] or
 * [N, d1, ...].
 */
export function accuracy<Batch>(target: Target<Batch>, options: AccuracyOptions = {}): Metric<Batch> {
  return share('accuracy', target, options, (outputs, classes) => eq(argmax(outputs, { dim: 1 }), classes));
}

/**
 * The share of predictions with the target class among the k largest scores: fewer than k classes have a higher one. Shapes as
 * for `accuracy`; named `top5` for k = 5.
 */
export function topK<Batch>(target: Target<Batch>, { k, ...options }: TopKOptions): Metric<Batch> {
  if (!Number.isInteger(k) || k < 1) throw new ArgumentError(`topK: k must be a positive integer, got ${k}`);
  return share(`top${k}`, target, options, (outputs, classes) => {
    const own = gather(outputs, 1, (options.ignoreIndex === undefined ? classes : classes.clampMin(0)).unsqueeze(1));
    return lt(sum(gt(outputs, own), { dim: 1 }), k);
  });
}

/**
 * The share of right yes-or-no answers: outputs above the threshold (0 for logits, 0.5 for probabilities) mean yes, targets are 0 or
 * 1, of the same shape.
 */
export function binaryAccuracy<Batch>(
  target: Target<Batch>,
  { threshold = 0 }: { readonly threshold?: number } = {},
): Metric<Batch> {
  return {
    name: 'accuracy',
    compute: (outputs, batch) => {
      const answers = target(batch);
      assertSameShape('binaryAccuracy', outputs, answers);
      return counted(eq(gt(outputs, threshold), gt(answers, 0.5)), null);
    },
    finish: ratio,
  };
}

/** How often `isRight` is true where the target counts. */
function share<Batch>(
  name: string,
  target: Target<Batch>,
  { ignoreIndex }: AccuracyOptions,
  isRight: (outputs: Tensor, classes: Tensor) => Tensor,
): Metric<Batch> {
  return {
    name,
    compute: (outputs, batch) => {
      const classes = target(batch);
      assertClasses(name, outputs, classes);
      return counted(isRight(outputs, classes), ignoreIndex === undefined ? null : ne(classes, ignoreIndex));
    },
    finish: ratio,
  };
}

/** How many are true, and out of how many. */
function counted(isRight: Tensor, counts: Tensor | null): Tensor {
  if (counts === null) return stack([sum(isRight), scalar(isRight.size, { dtype: 'int32', backend: isRight.backend })]);
  return stack([sum(isRight.logicalAnd(counts)), sum(counts)]);
}

function ratio([part, whole]: readonly number[]): number {
  return (part as number) / (whole as number);
}

/** Outputs [N, C, ...] and targets [N, ...]. */
export function assertClasses(metric: string, outputs: Tensor, classes: Tensor): void {
  const expected = outputs.shape.filter((_, axis) => axis !== 1);
  if (outputs.ndim >= 2 && expected.join() === classes.shape.join()) return;
  throw new ShapeError(
    `${metric}: outputs [N, C, ...] belong to targets [N, ...], got [${outputs.shape.join(', ')}] and [${classes.shape.join(', ')}]`,
  );
}

export function assertSameShape(metric: string, outputs: Tensor, target: Tensor): void {
  if (outputs.shape.join() === target.shape.join()) return;
  throw new ShapeError(
    `${metric}: outputs and targets must have one shape, got [${outputs.shape.join(', ')}] and [${target.shape.join(', ')}]`,
  );
}
