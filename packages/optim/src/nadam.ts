import { expressions as e } from '@gradus/backend';
import { full, keep, type Tensor } from '@gradus/tensor';
import { assertBetas, decoupled, momentNumbers, moments, momentTerms } from './adam.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface NAdamOptions {
  lr: h.Hyper;
  /** Decay of the running means of the gradient and of its square. */
  betas: readonly [h.Hyper, h.Hyper];
  eps: h.Hyper;
  weightDecay: h.Hyper;
  /** How fast the momentum grows from betas[0] / 2 to betas[0]. */
  momentumDecay: h.Hyper;
  /** The parameter shrinks by lr * weightDecay instead (as in AdamW). */
  decoupledWeightDecay: boolean;
  maximize: boolean;
}

const defaults: NAdamOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * Adam with Nesterov's momentum (Dozat 2016).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html
 */
export class NAdam extends Optimizer<NAdamOptions> {
  constructor(parameters: Parameters<NAdamOptions>, options: Partial<NAdamOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, eps, weightDecay, momentumDecay, betas }: ParameterGroup<NAdamOptions>): void {
    assertRange('NAdam', { lr, eps, weightDecay, momentumDecay });
    assertBetas('NAdam', betas);
  }

  protected override get scalarState(): readonly string[] {
    return ['step', 'mu_product'];
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<NAdamOptions>,
  ): void {
    const { lr, betas, momentumDecay, decoupledWeightDecay, weightDecay } = group;
    const [beta1, beta2] = betas;
    const momentumAt = (step: number): h.Term =>
      h.mul(beta1, h.sub(1, h.mul(0.5, h.pow(0.96, h.mul(step, momentumDecay)))));
    const [momentum, next] = [momentumAt(state.step), momentumAt(state.step + 1)];
    const product = this.#product(state, momentum, param);
    // PyTorch 1.13's product for the next step has this step's momentum in it twice.
    const ahead = single(h.mul(single(h.mul(product, single(momentum))), single(next)));
    const numbers = {
      ...momentTerms(group),
      eps: group.eps,
      correction: h.sub(1, h.pow(beta2, state.step)),
      ofGradient: h.div(h.mul(lr, h.sub(1, momentum)), h.sub(1, product)),
      ofMean: h.div(h.mul(lr, next), h.sub(1, ahead)),
      ...(decoupledWeightDecay ? decoupled(group) : { weightDecay, shrink: 1 }),
    };
    const [mean, square] = [this.buffer(state, 'exp_avg', param), this.buffer(state, 'exp_avg_sq', param)];
    nadam({ param, grad, mean, square }, numbers);
  }

  /** The product of the momenta of all steps, of which PyTorch keeps single precision. */
  #product(state: ParameterState, momentum: h.Term, { dtype, backend }: Tensor): h.Hyper {
    const last = state.mu_product ?? 1;
    if (typeof last === 'number' && typeof momentum === 'number') {
      state.mu_product = single(last * Math.fround(momentum)) as number;
    } else {
      if (typeof last === 'number') state.mu_product = keep(full([], last, { dtype, backend }));
      multiply({ product: state.mu_product as Tensor }, { momentum });
    }
    return state.mu_product as h.Hyper;
  }
}

function single(value: h.Term): h.Term {
  return typeof value === 'number' ? Math.fround(value) : value;
}

const multiply = defineUpdate(['product'], ['momentum'], ({ product }, { momentum }) => ({
  product: e.mul(product, momentum),
}));

const nadam = defineUpdate(
  ['param', 'grad', 'mean', 'square'],
  [...momentNumbers, 'eps', 'correction', 'ofGradient', 'ofMean', 'shrink'],
  (tensors, numbers) => {
    const { gradient, mean, square } = moments(tensors, numbers);
    const step = e.add(e.mul(numbers.ofGradient, gradient), e.mul(numbers.ofMean, mean));
    const denominator = e.add(e.sqrt(e.div(square, numbers.correction)), numbers.eps);
    return { param: e.sub(e.mul(tensors.param, numbers.shrink), e.div(step, denominator)), mean, square };
  },
);
