import { expressions as e } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { elementwiseLoss } from './define-loss.ts';
import type { LossOptions } from './reduction.ts';

/** Losses between numbers and numbers. Input and target broadcast. */

export interface SmoothL1Options extends LossOptions {
  /** Where the loss becomes linear; 1 if left out. */
  readonly beta?: number;
}

export interface HuberOptions extends LossOptions {
  /** Where the loss becomes linear; 1 if left out. */
  readonly delta?: number;
}

const square = elementwiseLoss('mseLoss', (x, y) => {
  const difference = e.sub(x, y);
  return e.mul(difference, difference);
});

/** (input - target)^2. @see https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html */
export function mseLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return square([input, target], [], reduction);
}

const absolute = elementwiseLoss('l1Loss', (x, y) => e.abs(e.sub(x, y)));

/** |input - target|. @see https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html */
export function l1Loss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return absolute([input, target], [], reduction);
}

const smooth = elementwiseLoss('smoothL1Loss', (x, y, beta) => {
  const distance = e.abs(e.sub(x, y));
  const quadratic = e.div(e.mul(e.mul(distance, 0.5), distance), beta);
  return e.select(e.lt(distance, beta), quadratic, e.sub(distance, e.mul(beta, 0.5)));
});

/**
 * Quadratic below a distance of `beta`, linear above. beta 0 is l1Loss. (Girshick 2015.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  { reduction = 'mean', beta = 1 }: SmoothL1Options = {},
): Tensor {
  if (beta < 0) throw new ArgumentError(`smoothL1Loss: beta must be at least 0, got ${beta}`);
  return beta === 0 ? absolute([input, target], [], reduction) : smooth([input, target], [beta], reduction);
}

const huber = elementwiseLoss('huberLoss', (x, y, delta) => {
  const distance = e.abs(e.sub(x, y));
  const linear = e.mul(delta, e.sub(distance, e.mul(delta, 0.5)));
  return e.select(e.le(distance, delta), e.mul(e.mul(distance, 0.5), distance), linear);
});

/**
 * Quadratic up to a distance of `delta`, linear above (Huber 1964).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
 */
export function huberLoss(input: Tensor, target: Tensor, { reduction = 'mean', delta = 1 }: HuberOptions = {}): Tensor {
  if (delta <= 0) throw new ArgumentError(`huberLoss: delta must be positive, got ${delta}`);
  return huber([input, target], [delta], reduction);
}
