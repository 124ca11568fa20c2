import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { decayed } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface ASGDOptions {
  lr: h.Hyper;
  /** Decay of the parameters, and of the learning rate. */
  lambd: h.Hyper;
  /** Power of the learning rate's decay. */
  alpha: h.Hyper;
  /** The step at which averaging begins. */
  t0: number;
  weightDecay: h.Hyper;
  maximize: boolean;
}

const defaults: ASGDOptions = { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };

/**
 * Averaged stochastic gradient descent (Polyak & Juditsky 1992): the state's `ax` is the mean of all parameters from step
 * `t0` on.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html
 */
export class ASGD extends Optimizer<ASGDOptions> {
  constructor(parameters: Parameters<ASGDOptions>, options: Partial<ASGDOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, weightDecay }: ParameterGroup<ASGDOptions>): void {
    assertRange('ASGD', { lr, weightDecay });
  }

  protected override get scalarState(): readonly string[] {
    return ['step', 'eta', 'mu'];
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<ASGDOptions>,
  ): void {
    const { lambd, weightDecay, maximize } = group;
    const eta = (state.eta as number | undefined) ?? rateAt(state.step - 1, group);
    const mu = (state.mu ?? 1) as number;
    const numbers = { eta, mu, shrink: h.sub(1, h.mul(lambd, eta)), weightDecay, sign: maximize ? -1 : 1 };
    asgd({ param, grad, average: this.buffer(state, 'ax', param) }, numbers);
    const next = rateAt(state.step, group);
    if (typeof next === 'number') state.eta = next;
    state.mu = Math.fround(1 / Math.max(1, state.step - group.t0));
  }
}

/** The learning rate after some steps, of which PyTorch keeps single precision. */
function rateAt(steps: number, { lr, lambd, alpha }: ASGDOptions): h.Term {
  const rate = h.div(lr, h.pow(h.add(1, h.mul(h.mul(lambd, lr), steps)), alpha));
  return typeof rate === 'number' ? Math.fround(rate) : rate;
}

const asgd = defineUpdate(
  ['param', 'grad', 'average'],
  ['eta', 'mu', 'shrink', 'weightDecay', 'sign'],
  (tensors, numbers) => {
    const gradient = decayed(tensors.param, tensors.grad, numbers);
    const param = e.sub(e.mul(tensors.param, numbers.shrink), e.mul(numbers.eta, gradient));
    const average = e.add(tensors.average, e.mul(e.sub(param, tensors.average), numbers.mu));
    return { param, average: e.select(e.eq(numbers.mu, 1), param, average) };
  },
);
