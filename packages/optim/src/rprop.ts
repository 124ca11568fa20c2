import { expressions as e } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { type Tensor, unrecorded } from '@gradus/tensor';
import { defineUpdate } from './define-update.ts';
import type { Hyper } from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface RpropOptions {
  /** The size of the first step. */
  lr: Hyper;
  /** What a step's size is multiplied by where the gradient's sign has changed, and where it hasn't. */
  etas: readonly [Hyper, Hyper];
  /** The smallest and the largest step. */
  stepSizes: readonly [Hyper, Hyper];
  maximize: boolean;
}

const defaults: RpropOptions = { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false };

/**
 * Resilient backpropagation (Riedmiller & Braun 1993): only the gradient's sign matters, and each element has a step size of its
 * own. For gradients of the whole data set, not of batches.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html
 */
export class Rprop extends Optimizer<RpropOptions> {
  constructor(parameters: Parameters<RpropOptions>, options: Partial<RpropOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, etas, stepSizes }: ParameterGroup<RpropOptions>): void {
    assertRange('Rprop', { lr, 'stepSizes[0]': stepSizes[0], 'stepSizes[1]': stepSizes[1] });
    const [down, up] = etas;
    if (typeof down === 'number' && typeof up === 'number' && !(down > 0 && down < 1 && up > 1)) {
      throw new ArgumentError(`Rprop: etas must be below and above 1, got ${down} and ${up}`);
    }
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    { lr, etas, stepSizes, maximize }: ParameterGroup<RpropOptions>,
  ): void {
    const isFirst = !('step_size' in state);
    const previous = this.buffer(state, 'prev', param);
    const size = this.buffer(state, 'step_size', param, typeof lr === 'number' ? lr : 0);
    if (isFirst && typeof lr !== 'number') unrecorded(() => size.add_(lr));
    const [down, up] = etas;
    const [smallest, largest] = stepSizes;
    rprop({ param, grad, previous, size }, { down, up, smallest, largest, sign: maximize ? -1 : 1 });
  }
}

const rprop = defineUpdate(
  ['param', 'grad', 'previous', 'size'],
  ['down', 'up', 'smallest', 'largest', 'sign'],
  (tensors, { down, up, smallest, largest, sign }) => {
    const gradient = e.mul(tensors.grad, sign);
    const agreement = e.mul(gradient, tensors.previous);
    const factor = e.select(e.gt(agreement, 0), up, e.select(e.lt(agreement, 0), down, 1));
    const size = e.min(e.max(e.mul(tensors.size, factor), smallest), largest);
    // After a change of sign the step is left out.
    const previous = e.select(e.lt(agreement, 0), 0, gradient);
    return { param: e.sub(tensors.param, e.mul(e.sign(previous), size)), previous, size };
  },
);
