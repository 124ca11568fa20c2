import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { decayed } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface AdagradOptions {
  lr: h.Hyper;
  /** The learning rate is divided by 1 + lrDecay times the number of earlier steps. */
  lrDecay: h.Hyper;
  weightDecay: h.Hyper;
  /** What the sum of squares begins with. */
  initialAccumulatorValue: number;
  eps: h.Hyper;
  maximize: boolean;
}

const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
};

/**
 * Adagrad (Duchi et al. 2011): divides by the root of the sum of all squared gradients, so that what is rarely seen
 * learns fast.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(parameters: Parameters<AdagradOptions>, options: Partial<AdagradOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate(group: ParameterGroup<AdagradOptions>): void {
    const { lr, lrDecay, weightDecay, initialAccumulatorValue, eps } = group;
    assertRange('Adagrad', { lr, lrDecay, weightDecay, initialAccumulatorValue, eps });
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<AdagradOptions>,
  ): void {
    const { lrDecay, weightDecay, eps, maximize } = group;
    const lr = h.div(group.lr, h.add(1, h.mul(state.step - 1, lrDecay)));
    const sum = this.buffer(state, 'sum', param, group.initialAccumulatorValue);
    adagrad({ param, grad, sum }, { lr, weightDecay, eps, sign: maximize ? -1 : 1 });
  }
}

const adagrad = defineUpdate(['param', 'grad', 'sum'], ['lr', 'weightDecay', 'eps', 'sign'], (tensors, numbers) => {
  const gradient = decayed(tensors.param, tensors.grad, numbers);
  const sum = e.add(tensors.sum, e.mul(gradient, gradient));
  const step = e.mul(numbers.lr, e.div(gradient, e.add(e.sqrt(sum), numbers.eps)));
  return { param: e.sub(tensors.param, step), sum };
});
