import { type Expression, expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { decayed, running } from './decay.ts';
import { defineUpdate, type Symbols } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface RMSpropOptions {
  lr: h.Hyper;
  /** Decay of the running mean of squares. */
  alpha: h.Hyper;
  eps: h.Hyper;
  weightDecay: h.Hyper;
  momentum: h.Hyper;
  /** Divide by the running standard deviation instead of the root mean square. */
  centered: boolean;
  maximize: boolean;
}

const defaults: RMSpropOptions = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

/**
 * RMSprop (Hinton's lecture 6e, 2012; centered: Graves 2013).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(parameters: Parameters<RMSpropOptions>, options: Partial<RMSpropOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, alpha, eps, weightDecay, momentum }: ParameterGroup<RMSpropOptions>): void {
    assertRange('RMSprop', { lr, alpha, eps, weightDecay, momentum });
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<RMSpropOptions>,
  ): void {
    const { lr, alpha, eps, weightDecay, momentum } = group;
    const numbers = { lr, alpha, gain: h.sub(1, alpha), eps, weightDecay, momentum, sign: group.maximize ? -1 : 1 };
    const square = this.buffer(state, 'square_avg', param);
    const buffer = this.buffer(state, 'momentum_buffer', param);
    if (!group.centered) return plain({ param, grad, square, buffer }, numbers);
    centered({ param, grad, square, buffer, mean: this.buffer(state, 'grad_avg', param) }, numbers);
  }
}

const numberNames = ['lr', 'alpha', 'gain', 'eps', 'weightDecay', 'momentum', 'sign'] as const;

const plain = defineUpdate(['param', 'grad', 'square', 'buffer'], numberNames, (tensors, numbers) => {
  const gradient = decayed(tensors.param, tensors.grad, numbers);
  const square = running(tensors.square, e.mul(gradient, gradient), numbers.alpha, numbers.gain);
  const buffer = step(tensors.buffer, gradient, square, numbers);
  return { param: e.sub(tensors.param, e.mul(numbers.lr, buffer)), square, buffer };
});

const centered = defineUpdate(['param', 'grad', 'square', 'buffer', 'mean'], numberNames, (tensors, numbers) => {
  const gradient = decayed(tensors.param, tensors.grad, numbers);
  const square = running(tensors.square, e.mul(gradient, gradient), numbers.alpha, numbers.gain);
  const mean = running(tensors.mean, gradient, numbers.alpha, numbers.gain);
  const buffer = step(tensors.buffer, gradient, e.sub(square, e.mul(mean, mean)), numbers);
  return { param: e.sub(tensors.param, e.mul(numbers.lr, buffer)), square, buffer, mean };
});

/** The normalised gradient, accumulated with momentum (0 leaves it as it is). */
function step(buffer: Expression, g: Expression, square: Expression, n: Symbols<'eps' | 'momentum'>): Expression {
  return e.add(e.mul(n.momentum, buffer), e.div(g, e.add(e.sqrt(square), n.eps)));
}
