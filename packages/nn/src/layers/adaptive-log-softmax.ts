import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import {
  add,
  argmax,
  cat,
  gather,
  ge,
  logicalAnd,
  logSoftmax,
  lt,
  mean,
  neg,
  reshape,
  scope,
  select,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '@gradus/tensor';
import { Sequential } from '../containers/sequential.ts';
import { Module } from '../module.ts';
import type { ParameterOptions } from '../parameter.ts';
import { Linear } from './linear.ts';

export interface AdaptiveLogSoftmaxOptions extends ParameterOptions {
  /** How much narrower each cluster's projection is than the one before; 4 if left out. */
  readonly divValue?: number;
  readonly headBias?: boolean;
}

/** Log-probabilities of the targets, [N] or 0-d, and minus their mean. */
export interface AdaptiveLogSoftmaxResult {
  readonly output: Tensor;
  readonly loss: Tensor;
}

/**
 * A log-softmax for many classes of which few are frequent (Grave et al. 2017): the head scores the classes below the first cutoff
 * and one entry per cluster of rarer classes, which have scores of their own through narrow projections. Every cluster is
 * computed for all rows, so that no target has to be read; a target that is no class is an error of the backend's gather,
 * where that sees it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html
 */
export class AdaptiveLogSoftmaxWithLoss extends Module<[input: Tensor, target: Tensor], AdaptiveLogSoftmaxResult> {
  /** Where the clusters end. */
  readonly cutoffs: readonly number[];
  readonly head: Linear;
  readonly tail: readonly Sequential[];

  constructor(
    inFeatures: number,
    classes: number,
    cutoffs: readonly number[],
    options: AdaptiveLogSoftmaxOptions = {},
  ) {
    super();
    const { divValue = 4, headBias = false, ...tensorOptions } = options;
    assertCutoffs(cutoffs, classes);
    this.cutoffs = [...cutoffs, classes];
    this.head = new Linear(inFeatures, this.shortlist + cutoffs.length, { ...tensorOptions, bias: headBias });
    this.tail = cutoffs.map((start, i) => {
      const width = Math.floor(inFeatures / divValue ** (i + 1));
      const size = (this.cutoffs[i + 1] as number) - start;
      const linear = (from: number, to: number): Linear => new Linear(from, to, { ...tensorOptions, bias: false });
      return new Sequential(linear(inFeatures, width), linear(width, size));
    });
  }

  /** Input [N, in] and target [N], or [in] and 0-d. */
  override forward(input: Tensor, target: Tensor): AdaptiveLogSoftmaxResult {
    if (
      target.ndim > 1 ||
      input.ndim !== target.ndim + 1 ||
      (target.ndim === 1 && input.shape[0] !== target.shape[0])
    ) {
      throw new ShapeError(
        `AdaptiveLogSoftmaxWithLoss: needs [N, in] and [N], or [in] and [], got ${formatShape(input.shape)} and ${formatShape(target.shape)}`,
      );
    }
    return scope(() => {
      const rows = input.ndim === 1 ? unsqueeze(input, 0) : input;
      const chosen = reshape(this.chosen(rows, reshape(target, [-1])), target.shape);
      return { output: chosen, loss: neg(mean(chosen)) };
    });
  }

  /** Log-probabilities of all classes: [N, in] to [N, classes]. */
  logProb(input: Tensor): Tensor {
    return scope(() => {
      const head = logSoftmax(this.head.forward(input), 1);
      const clusters = this.tail.map((projection, i) => {
        const within = logSoftmax(projection.forward(input), 1);
        return add(within, unsqueeze(select(head, 1, this.shortlist + i), 1));
      });
      return cat([head.narrow(1, 0, this.shortlist), ...clusters], { dim: 1 });
    });
  }

  /** The most probable class of each row: [N, in] to int32 [N]. */
  predict(input: Tensor): Tensor {
    return scope(() => argmax(this.logProb(input), { dim: 1 }));
  }

  resetParameters(): void {
    this.head.resetParameters();
    for (const projection of this.tail)
      for (const layer of Object.values(projection.layers)) (layer as Linear).resetParameters();
  }

  private get shortlist(): number {
    return this.cutoffs[0] as number;
  }

  /** Log-probabilities of the targets. */
  private chosen(input: Tensor, target: Tensor): Tensor {
    // What is beyond the last class stays beyond the head's entries.
    let entry = where(ge(target, this.shortlist), this.head.weight.shape[0] as number, target);
    let within: Tensor | null = null;
    for (const [i, projection] of this.tail.entries()) {
      const [start, end] = [this.cutoffs[i] as number, this.cutoffs[i + 1] as number];
      const isInside = logicalAnd(ge(target, start), lt(target, end));
      entry = where(isInside, this.shortlist + i, entry);
      const place = where(isInside, sub(target, start), 0);
      const score = picked(logSoftmax(projection.forward(input), 1), place);
      const part = where(isInside, score, 0);
      within = within === null ? part : add(within, part);
    }
    const ofHead = picked(logSoftmax(this.head.forward(input), 1), entry);
    return within === null ? ofHead : add(within, ofHead);
  }
}

function picked(scores: Tensor, index: Tensor): Tensor {
  return squeeze(gather(scores, 1, unsqueeze(index, 1)), 1);
}

function assertCutoffs(cutoffs: readonly number[], classes: number): void {
  const isRising = cutoffs.every((cutoff, i) => Number.isInteger(cutoff) && cutoff > (cutoffs[i - 1] ?? 0));
  if (cutoffs.length > 0 && isRising && (cutoffs.at(-1) as number) < classes) return;
  throw new ArgumentError(
    `AdaptiveLogSoftmaxWithLoss: cutoffs must be whole numbers that rise between 1 and ${classes - 1}, got [${cutoffs.join(', ')}]`,
  );
}
