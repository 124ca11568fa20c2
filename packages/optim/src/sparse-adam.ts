import { expressions as e } from '@gradus/backend';
import { any, ne, scope, type Tensor, unrecorded } from '@gradus/tensor';
import { assertBetas, momentNumbers, moments, momentTerms } from './adam.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface SparseAdamOptions {
  lr: h.Hyper;
  /** Decay of the running means of the gradient and of its square. */
  betas: readonly [h.Hyper, h.Hyper];
  eps: h.Hyper;
  maximize: boolean;
}

const defaults: SparseAdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, maximize: false };

/**
 * Adam for gradients of which few rows are not zero, as those of an embedding: the rows that are zero stay as they are, and so do
 * their running means. Where PyTorch wants a sparse tensor, this looks at the rows (of the first axis) of a dense one.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html
 */
export class SparseAdam extends Optimizer<SparseAdamOptions> {
  constructor(parameters: Parameters<SparseAdamOptions>, options: Partial<SparseAdamOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate({ lr, eps, betas }: ParameterGroup<SparseAdamOptions>): void {
    assertRange('SparseAdam', { lr, eps });
    assertBetas('SparseAdam', betas);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<SparseAdamOptions>,
  ): void {
    const { lr, eps } = group;
    const [beta1, beta2] = group.betas;
    const corrections = [h.sub(1, h.pow(beta1, state.step)), h.sub(1, h.pow(beta2, state.step))] as const;
    const numbers = {
      ...momentTerms(group),
      eps,
      weightDecay: 0,
      stepSize: h.div(h.mul(lr, h.sqrt(corrections[1])), corrections[0]),
    };
    const [mean, square] = [this.buffer(state, 'exp_avg', param), this.buffer(state, 'exp_avg_sq', param)];
    unrecorded(() => scope(() => lazyAdam({ param, grad, mean, square, seen: seenRows(grad) }, numbers)));
  }
}

/** Which rows are not all zero, in the gradient's dtype and of a shape that broadcasts to its own. */
function seenRows(grad: Tensor): Tensor {
  const axes = grad.shape.map((_, axis) => axis).slice(1);
  const nonzero = ne(grad, 0);
  return (axes.length === 0 ? nonzero : any(nonzero, { dim: axes, keepdim: true })).to(grad.dtype);
}

const lazyAdam = defineUpdate(
  ['param', 'grad', 'mean', 'square', 'seen'],
  [...momentNumbers, 'eps', 'stepSize'],
  (tensors, numbers) => {
    const { mean, square } = moments(tensors, numbers);
    const step = e.mul(numbers.stepSize, e.div(mean, e.add(e.sqrt(square), numbers.eps)));
    const seen = e.ne(tensors.seen, 0);
    return {
      param: e.select(seen, e.sub(tensors.param, step), tensors.param),
      mean: e.select(seen, mean, tensors.mean),
      square: e.select(seen, square, tensors.square),
    };
  },
);
