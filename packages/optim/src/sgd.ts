import { type Expression, expressions as e } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { decayed } from './decay.ts';
import { defineUpdate, type Symbols } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface SGDOptions {
  lr: h.Hyper;
  momentum: h.Hyper;
  /** How much less than its full weight a new gradient has in the momentum. */
  dampening: h.Hyper;
  weightDecay: h.Hyper;
  nesterov: boolean;
  maximize: boolean;
}

const defaults: SGDOptions = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };

/**
 * Stochastic gradient descent, with momentum (Polyak 1964; Nesterov 1983; Sutskever et al. 2013).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(parameters: Parameters<SGDOptions>, options: Partial<SGDOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, momentum, weightDecay, dampening, nesterov }: ParameterGroup<SGDOptions>): void {
    assertRange('SGD', { lr, momentum, weightDecay });
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError('SGD: nesterov needs a momentum above 0 and no dampening');
    }
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<SGDOptions>,
  ): void {
    const { lr, momentum, dampening, weightDecay, nesterov } = group;
    const sign = group.maximize ? -1 : 1;
    if (momentum === 0) return descend({ param, grad }, { lr, weightDecay, sign });
    // The first gradient enters the momentum undamped.
    const gain = 'momentum_buffer' in state ? h.sub(1, dampening) : 1;
    const buffer = this.buffer(state, 'momentum_buffer', param);
    const update = nesterov ? descendWithNesterov : descendWithMomentum;
    update({ param, grad, buffer }, { lr, weightDecay, sign, momentum, gain });
  }
}

const descend = defineUpdate(['param', 'grad'], ['lr', 'weightDecay', 'sign'], ({ param, grad }, numbers) => ({
  param: e.sub(param, e.mul(numbers.lr, decayed(param, grad, numbers))),
}));

const momentumNumbers = ['lr', 'weightDecay', 'sign', 'momentum', 'gain'] as const;

const descendWithMomentum = defineUpdate(['param', 'grad', 'buffer'], momentumNumbers, (tensors, numbers) => {
  const buffer = accumulated(tensors, numbers);
  return { param: e.sub(tensors.param, e.mul(numbers.lr, buffer)), buffer };
});

const descendWithNesterov = defineUpdate(['param', 'grad', 'buffer'], momentumNumbers, (tensors, numbers) => {
  const buffer = accumulated(tensors, numbers);
  const ahead = e.add(decayed(tensors.param, tensors.grad, numbers), e.mul(numbers.momentum, buffer));
  return { param: e.sub(tensors.param, e.mul(numbers.lr, ahead)), buffer };
});

function accumulated(
  { param, grad, buffer }: Symbols<'param' | 'grad' | 'buffer'>,
  numbers: Symbols<'momentum' | 'gain' | 'sign' | 'weightDecay'>,
): Expression {
  return e.add(e.mul(numbers.momentum, buffer), e.mul(numbers.gain, decayed(param, grad, numbers)));
}
