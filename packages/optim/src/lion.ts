import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { assertBetas, decoupled } from './adam.ts';
import { running } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface LionOptions {
  lr: h.Hyper;
  /** How much of the running mean the step has, and decay of the running mean. */
  betas: readonly [h.Hyper, h.Hyper];
  /** Decoupled: the parameter shrinks by lr * weightDecay. */
  weightDecay: h.Hyper;
  maximize: boolean;
}

const defaults: LionOptions = { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0, maximize: false };

/**
 * Lion (Chen et al. 2023): every element moves by the learning rate, in the sign's direction of an interpolated momentum. Half
 * of Adam's memory; wants a learning rate three to ten times smaller and a weight decay as much larger.
 *
 * @see https://arxiv.org/abs/2302.06675
 */
export class Lion extends Optimizer<LionOptions> {
  constructor(parameters: Parameters<LionOptions>, options: Partial<LionOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, weightDecay, betas }: ParameterGroup<LionOptions>): void {
    assertRange('Lion', { lr, weightDecay });
    assertBetas('Lion', betas);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<LionOptions>,
  ): void {
    const [beta1, beta2] = group.betas;
    const gains = { gain1: h.sub(1, beta1), gain2: h.sub(1, beta2) };
    const { shrink } = decoupled(group);
    const numbers = { lr: group.lr, beta1, beta2, ...gains, shrink, sign: group.maximize ? -1 : 1 };
    lion({ param, grad, mean: this.buffer(state, 'exp_avg', param) }, numbers);
  }
}

const lion = defineUpdate(
  ['param', 'grad', 'mean'],
  ['lr', 'beta1', 'gain1', 'beta2', 'gain2', 'shrink', 'sign'],
  (tensors, { lr, beta1, gain1, beta2, gain2, shrink, sign }) => {
    const gradient = e.mul(tensors.grad, sign);
    const direction = e.sign(running(tensors.mean, gradient, beta1, gain1));
    const param = e.sub(e.mul(tensors.param, shrink), e.mul(lr, direction));
    return { param, mean: running(tensors.mean, gradient, beta2, gain2) };
  },
);
