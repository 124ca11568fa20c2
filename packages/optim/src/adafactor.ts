import { expressions as e } from '@gradus/backend';
import { limitsOf } from '@gradus/storage';
import { keep, matmul, scope, type Tensor, unrecorded, zeros } from '@gradus/tensor';
import { decoupled } from './adam.ts';
import { running } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface AdafactorOptions {
  /** The largest relative step. */
  lr: h.Hyper;
  /** The running means forget by 1 - step^beta2Decay; below 0. */
  beta2Decay: number;
  /** Smallest variance (null: the dtype's epsilon), and smallest scale of a parameter. */
  eps: readonly [number | null, number];
  /** Limit of the update's root mean square. */
  d: number;
  /** Decoupled: the parameter shrinks by lr * weightDecay. */
  weightDecay: h.Hyper;
  maximize: boolean;
}

const defaults: AdafactorOptions = {
  lr: 1e-2,
  beta2Decay: -0.8,
  eps: [null, 1e-3],
  d: 1,
  weightDecay: 0,
  maximize: false,
};

/**
 * Adafactor (Shazeer & Stern 2018): Adam's mean of squares of a matrix, kept as one number per row and per column; steps are
 * relative to the parameter's own size.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adafactor.html
 */
export class Adafactor extends Optimizer<AdafactorOptions> {
  constructor(parameters: Parameters<AdafactorOptions>, options: Partial<AdafactorOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, beta2Decay, eps, d, weightDecay }: ParameterGroup<AdafactorOptions>): void {
    assertRange('Adafactor', { lr, weightDecay, '-beta2Decay': -beta2Decay, 'eps[0]': eps[0] ?? 0, 'eps[1]': eps[1] });
    assertRange('Adafactor', { 'd - 1': d - 1 });
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<AdafactorOptions>,
  ): void {
    const { lr, eps, d } = group;
    const smallest = eps[0] ?? limitsOf(param.dtype).epsilon;
    const gain = state.step ** group.beta2Decay;
    unrecorded(() =>
      scope(() => {
        const variance = grad.ndim > 1 ? this.#factored(state, grad, gain, smallest) : this.#plain(state, grad, gain);
        const step = grad.mul(variance.clampMin(smallest * smallest).rsqrt());
        const scale = rootMeanSquare(param).clampMin(eps[1]);
        const excess = rootMeanSquare(step).div(d).clampMin(1);
        const ratio = scale.div(excess);
        const size = h.mul(h.min(lr, state.step ** -0.5), group.maximize ? -1 : 1);
        move({ param, step, ratio }, { size, shrink: decoupled(group).shrink });
      }),
    );
  }

  /** The mean of squares as the product of a column and a row. */
  #factored(state: ParameterState, grad: Tensor, gain: number, smallest: number): Tensor {
    const [rows, columns] = [-1, -2].map((axis) => {
      const name = axis === -1 ? 'row_var' : 'col_var';
      const mean = grad.square().mean({ dim: axis, keepdim: true });
      state[name] ??= keep(zeros(mean.shape, { dtype: grad.dtype, backend: grad.backend }));
      average({ old: state[name] as Tensor, value: mean }, { rest: 1 - gain, gain });
      return state[name] as Tensor;
    }) as [Tensor, Tensor];
    return matmul(rows, columns).div(rows.mean({ dim: -2, keepdim: true }).clampMin(smallest));
  }

  #plain(state: ParameterState, grad: Tensor, gain: number): Tensor {
    const variance = this.buffer(state, 'variance', grad);
    average({ old: variance, value: grad.square() }, { rest: 1 - gain, gain });
    return variance;
  }
}

function rootMeanSquare(x: Tensor): Tensor {
  return x.norm().div(Math.sqrt(x.size));
}

const average = defineUpdate(['old', 'value'], ['rest', 'gain'], ({ old, value }, { rest, gain }) => ({
  old: running(old, value, rest, gain),
}));

const move = defineUpdate(
  ['param', 'step', 'ratio'],
  ['size', 'shrink'],
  ({ param, step, ratio }, { size, shrink }) => ({
    param: e.sub(e.mul(param, shrink), e.mul(e.mul(size, ratio), step)),
  }),
);
