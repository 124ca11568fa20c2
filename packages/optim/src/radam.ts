import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { assertBetas, decoupled, momentNumbers, moments, momentTerms } from './adam.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface RAdamOptions {
  lr: h.Hyper;
  /** Decay of the running means of the gradient and of its square. */
  betas: readonly [h.Hyper, h.Hyper];
  eps: h.Hyper;
  weightDecay: h.Hyper;
  /** The parameter shrinks by lr * weightDecay instead (as in AdamW). */
  decoupledWeightDecay: boolean;
  maximize: boolean;
}

const defaults: RAdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * Rectified Adam (Liu et al. 2020): plain momentum until enough squares were seen to divide by them, and then a step that
 * their variance allows. What warming up does for Adam.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html
 */
export class RAdam extends Optimizer<RAdamOptions> {
  constructor(parameters: Parameters<RAdamOptions>, options: Partial<RAdamOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, eps, weightDecay, betas }: ParameterGroup<RAdamOptions>): void {
    assertRange('RAdam', { lr, eps, weightDecay });
    assertBetas('RAdam', betas);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<RAdamOptions>,
  ): void {
    const { lr, betas, weightDecay, decoupledWeightDecay } = group;
    const [beta1, beta2] = betas;
    const correction = h.sub(1, h.pow(beta2, state.step));
    const longest = h.sub(h.div(2, h.sub(1, beta2)), 1);
    const length = h.sub(longest, h.div(h.mul(2 * state.step, h.pow(beta2, state.step)), correction));
    const numbers = {
      ...momentTerms(group),
      eps: group.eps,
      stepSize: h.div(lr, h.sub(1, h.pow(beta1, state.step))),
      length,
      rectification: h.mul(h.sqrt(correction), rectification(length, longest)),
      ...(decoupledWeightDecay ? decoupled(group) : { weightDecay, shrink: 1 }),
    };
    const [mean, square] = [this.buffer(state, 'exp_avg', param), this.buffer(state, 'exp_avg_sq', param)];
    radam({ param, grad, mean, square }, numbers);
  }
}

/** By the effective length of the running mean of squares, now and in the end; NaN for lengths that are too short. */
function rectification(length: h.Term, longest: h.Term): h.Term {
  const variance = (rho: h.Term): h.Term => h.mul(h.sub(rho, 4), h.sub(rho, 2));
  return h.sqrt(h.div(h.mul(variance(length), longest), h.mul(variance(longest), length)));
}

const radam = defineUpdate(
  ['param', 'grad', 'mean', 'square'],
  [...momentNumbers, 'eps', 'stepSize', 'length', 'rectification', 'shrink'],
  (tensors, numbers) => {
    const { mean, square } = moments(tensors, numbers);
    const adaptive = e.div(numbers.rectification, e.add(e.sqrt(square), numbers.eps));
    const step = e.mul(e.mul(numbers.stepSize, mean), e.select(e.gt(numbers.length, 5), adaptive, 1));
    return { param: e.sub(e.mul(tensors.param, numbers.shrink), step), mean, square };
  },
);
