import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { decayed, running } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface AdadeltaOptions {
  lr: h.Hyper;
  /** Decay of the running means of squares. */
  rho: h.Hyper;
  eps: h.Hyper;
  weightDecay: h.Hyper;
  maximize: boolean;
}

const defaults: AdadeltaOptions = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

/**
 * Adadelta (Zeiler 2012): steps in the units of the parameter, the root mean square of its own steps over that of the
 * gradients.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(parameters: Parameters<AdadeltaOptions>, options: Partial<AdadeltaOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, rho, eps, weightDecay }: ParameterGroup<AdadeltaOptions>): void {
    assertRange('Adadelta', { lr, eps, weightDecay });
    assertRange('Adadelta', { rho }, 1 + Number.EPSILON);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    { lr, rho, eps, weightDecay, maximize }: ParameterGroup<AdadeltaOptions>,
  ): void {
    const [square, deltas] = [this.buffer(state, 'square_avg', param), this.buffer(state, 'acc_delta', param)];
    const numbers = { lr, rho, gain: h.sub(1, rho), eps, weightDecay, sign: maximize ? -1 : 1 };
    adadelta({ param, grad, square, deltas }, numbers);
  }
}

const adadelta = defineUpdate(
  ['param', 'grad', 'square', 'deltas'],
  ['lr', 'rho', 'gain', 'eps', 'weightDecay', 'sign'],
  (tensors, numbers) => {
    const { rho, gain, eps } = numbers;
    const gradient = decayed(tensors.param, tensors.grad, numbers);
    const square = running(tensors.square, e.mul(gradient, gradient), rho, gain);
    const ratio = e.div(e.sqrt(e.add(tensors.deltas, eps)), e.sqrt(e.add(square, eps)));
    const delta = e.mul(ratio, gradient);
    const deltas = running(tensors.deltas, e.mul(delta, delta), rho, gain);
    return { param: e.sub(tensors.param, e.mul(numbers.lr, delta)), square, deltas };
  },
);
