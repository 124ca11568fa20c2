import { type Expression, expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { decayed } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import { assertRange, Optimizer, type ParameterGroup, type ParameterState, type Parameters } from './optimizer.ts';

export interface AdamOptions {
  lr: number;
  /** Decay of the running means of the gradient and of its square. */
  betas: readonly [number, number];
  /** Added to the denominator. */
  eps: number;
  weightDecay: number;
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

  protected override validate({ lr, eps, weightDecay, betas: [beta1, beta2] }: ParameterGroup<AdamOptions>): void {
    assertRange(this.constructor.name, { lr, eps, weightDecay });
    assertRange(this.constructor.name, { 'betas[0]': beta1, 'betas[1]': beta2 }, 1);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<AdamOptions>,
  ): void {
    const [beta1, beta2] = group.betas;
    const numbers = {
      beta1,
      gain1: 1 - beta1,
      beta2,
      gain2: 1 - beta2,
      eps: group.eps,
      sign: group.maximize ? -1 : 1,
      stepSize: group.lr / (1 - beta1 ** state.step),
      correction: Math.sqrt(1 - beta2 ** state.step),
      ...this.decay(group),
    };
    const mean = this.buffer(state, 'expAvg', param);
    const square = this.buffer(state, 'expAvgSq', param);
    if (!group.amsgrad) return adam({ param, grad, mean, square }, numbers);
    amsgrad({ param, grad, mean, square, largest: this.buffer(state, 'maxExpAvgSq', param) }, numbers);
  }

  /** Weight decay as part of the gradient, and as a factor on the parameter. */
  protected decay({ weightDecay }: AdamOptions): { readonly weightDecay: number; readonly shrink: number } {
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

  protected override decay({ lr, weightDecay }: AdamOptions): {
    readonly weightDecay: number;
    readonly shrink: number;
  } {
    return { weightDecay: 0, shrink: 1 - lr * weightDecay };
  }
}

const numberNames = [
  'beta1',
  'gain1',
  'beta2',
  'gain2',
  'eps',
  'sign',
  'stepSize',
  'correction',
  'weightDecay',
  'shrink',
] as const;

type Symbols<Name extends string> = Readonly<Record<Name, Expression>>;
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
function moments(
  { param, grad, mean, square }: Symbols<'param' | 'grad' | 'mean' | 'square'>,
  numbers: Numbers,
): Symbols<'mean' | 'square'> {
  const g = decayed(param, grad, numbers);
  return {
    mean: e.add(e.mul(numbers.beta1, mean), e.mul(numbers.gain1, g)),
    square: e.add(e.mul(numbers.beta2, square), e.mul(numbers.gain2, e.mul(g, g))),
  };
}

function moved(param: Expression, mean: Expression, square: Expression, numbers: Numbers): Expression {
  const denominator = e.add(e.div(e.sqrt(square), numbers.correction), numbers.eps);
  return e.sub(e.mul(param, numbers.shrink), e.mul(numbers.stepSize, e.div(mean, denominator)));
}
