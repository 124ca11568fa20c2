import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { assertBetas } from './adam.ts';
import { decayed, running } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface AdamaxOptions {
  lr: h.Hyper;
  /** Decay of the running mean of the gradient and of its largest magnitude. */
  betas: readonly [h.Hyper, h.Hyper];
  eps: h.Hyper;
  weightDecay: h.Hyper;
  maximize: boolean;
}

const defaults: AdamaxOptions = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

/**
 * Adam with the infinity norm (Kingma & Ba 2015, section 7): divides by the largest magnitude of late, not by the mean square.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html
 */
export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(parameters: Parameters<AdamaxOptions>, options: Partial<AdamaxOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, eps, weightDecay, betas }: ParameterGroup<AdamaxOptions>): void {
    assertRange('Adamax', { lr, eps, weightDecay });
    assertBetas('Adamax', betas);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<AdamaxOptions>,
  ): void {
    const { lr, betas, eps, weightDecay, maximize } = group;
    const [beta1, beta2] = betas;
    const stepSize = h.div(lr, h.sub(1, h.pow(beta1, state.step)));
    const numbers = { beta1, gain1: h.sub(1, beta1), beta2, eps, weightDecay, sign: maximize ? -1 : 1, stepSize };
    const [mean, largest] = [this.buffer(state, 'exp_avg', param), this.buffer(state, 'exp_inf', param)];
    adamax({ param, grad, mean, largest }, numbers);
  }
}

const adamax = defineUpdate(
  ['param', 'grad', 'mean', 'largest'],
  ['beta1', 'gain1', 'beta2', 'eps', 'weightDecay', 'sign', 'stepSize'],
  (tensors, numbers) => {
    const gradient = decayed(tensors.param, tensors.grad, numbers);
    const mean = running(tensors.mean, gradient, numbers.beta1, numbers.gain1);
    const largest = e.max(e.mul(numbers.beta2, tensors.largest), e.add(e.abs(gradient), numbers.eps));
    return { param: e.sub(tensors.param, e.mul(numbers.stepSize, e.div(mean, largest))), mean, largest };
  },
);
