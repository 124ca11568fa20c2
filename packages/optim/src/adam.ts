import { type Expression, expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { decayed, running } from './decay.ts';
import { defineUpdate, type Symbols } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface AdamOptions {
  lr: h.Hyper;
  /** Decay of the running means of the gradient and of its square. */
  betas: readonly [h.Hyper, h.Hyper];
  /** Added to the denominator. */
  eps: h.Hyper;
  weightDecay: h.Hyper;
  /** Use the largest running mean of squares seen so far (Reddi et al. 2018). */
  amsgrad: boolean;
  maximize: boolean;
}

const adamDefaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

/**
 * Adam (Kingma & Ba 2015); weight decay is part of the gradient.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(parameters: Parameters<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(parameters, { ...adamDefaults, ...options });
  }

  protected override validate({ lr, eps, weightDecay, betas }: ParameterGroup<AdamOptions>): void {
    assertRange(this.constructor.name, { lr, eps, weightDecay });
    assertBetas(this.constructor.name, betas);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<AdamOptions>,
  ): void {
    const [beta1, beta2] = group.betas;
    const numbers = {
      ...momentTerms(group),
      eps: group.eps,
      stepSize: h.div(group.lr, h.sub(1, h.pow(beta1, state.step))),
      correction: h.sqrt(h.sub(1, h.pow(beta2, state.step))),
      ...this.decay(group),
    };
    const mean = this.buffer(state, 'exp_avg', param);
    const square = this.buffer(state, 'exp_avg_sq', param);
    if (!group.amsgrad) return adam({ param, grad, mean, square }, numbers);
    amsgrad({ param, grad, mean, square, largest: this.buffer(state, 'max_exp_avg_sq', param) }, numbers);
  }

  /** Weight decay as part of the gradient, and as a factor on the parameter. */
  protected decay({ weightDecay }: AdamOptions): Decay {
    return { weightDecay, shrink: 1 };
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019): the parameter shrinks by lr * weightDecay.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export class AdamW extends Adam {
  constructor(parameters: Parameters<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(parameters, { weightDecay: 1e-2, ...options });
  }

  protected override decay(options: AdamOptions): Decay {
    return decoupled(options);
  }
}

/** Weight decay as part of the gradient, and as a factor on the parameter. */
export interface Decay {
  readonly weightDecay: h.Term;
  readonly shrink: h.Term;
}

/** Weight decay that doesn't pass through the gradient. */
export function decoupled({ lr, weightDecay }: { readonly lr: h.Hyper; readonly weightDecay: h.Hyper }): Decay {
  return { weightDecay: 0, shrink: h.sub(1, h.mul(lr, weightDecay)) };
}

export function assertBetas(name: string, [beta1, beta2]: readonly [h.Hyper, h.Hyper]): void {
  assertRange(name, { 'betas[0]': beta1, 'betas[1]': beta2 }, 1);
}

/** Numbers of the running means of the gradient and of its square. */
export const momentNumbers = ['beta1', 'gain1', 'beta2', 'gain2', 'sign', 'weightDecay'] as const;

/** The values of `momentNumbers`, but for the weight decay. */
export function momentTerms({ betas: [beta1, beta2], maximize }: Pick<AdamOptions, 'betas' | 'maximize'>): {
  readonly [Name in Exclude<(typeof momentNumbers)[number], 'weightDecay'>]: h.Term;
} {
  return { beta1, gain1: h.sub(1, beta1), beta2, gain2: h.sub(1, beta2), sign: maximize ? -1 : 1 };
}

const numberNames = [...momentNumbers, 'eps', 'stepSize', 'correction', 'shrink'] as const;

type Numbers = Symbols<(typeof numberNames)[number]>;

const adam = defineUpdate(['param', 'grad', 'mean', 'square'], numberNames, (tensors, numbers) => {
  const { mean, square } = moments(tensors, numbers);
  return { param: moved(tensors.param, mean, square, numbers), mean, square };
});

const amsgrad = defineUpdate(['param', 'grad', 'mean', 'square', 'largest'], numberNames, (tensors, numbers) => {
  const { mean, square } = moments(tensors, numbers);
  const largest = e.max(tensors.largest, square);
  return { param: moved(tensors.param, mean, largest, numbers), mean, square, largest };
});

/** The running means of the gradient and of its square. */
export function moments(
  { param, grad, mean, square }: Symbols<'param' | 'grad' | 'mean' | 'square'>,
  numbers: Symbols<(typeof momentNumbers)[number]>,
): Symbols<'mean' | 'square' | 'gradient'> {
  const gradient = decayed(param, grad, numbers);
  return {
    gradient,
    mean: running(mean, gradient, numbers.beta1, numbers.gain1),
    square: running(square, e.mul(gradient, gradient), numbers.beta2, numbers.gain2),
  };
}

function moved(param: Expression, mean: Expression, square: Expression, numbers: Numbers): Expression {
  const denominator = e.add(e.div(e.sqrt(square), numbers.correction), numbers.eps);
  return e.sub(e.mul(param, numbers.shrink), e.mul(numbers.stepSize, e.div(mean, denominator)));
}
