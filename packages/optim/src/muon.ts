import { expressions as e } from '@gradus/backend';
import { ArgumentError, formatShape } from '@gradus/storage';
import { matmul, scope, type Tensor, unrecorded } from '@gradus/tensor';
import { decoupled } from './adam.ts';
import { running } from './decay.ts';
import { defineUpdate } from './define-update.ts';
import * as h from './hyper.ts';
import { Optimizer } from './optimizer.ts';
import { assertRange, type ParameterGroup, type ParameterState, type Parameters } from './parameter-groups.ts';

export interface MuonOptions {
  lr: h.Hyper;
  /** Decoupled: the parameter shrinks by lr * weightDecay. */
  weightDecay: h.Hyper;
  momentum: h.Hyper;
  nesterov: boolean;
  /** Coefficients of x, x^3 and x^5 in the iteration that makes singular values 1. */
  nsCoefficients: readonly [number, number, number];
  /** Keeps the norm that the update is divided by above 0. */
  eps: number;
  nsSteps: number;
  /** How the learning rate follows the shape: for updates of norm 1 ('original'), or to be that of AdamW. */
  adjustLrFn: 'original' | 'match_rms_adamw';
}

const defaults: MuonOptions = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: 'original',
};

/**
 * Muon (Jordan et al. 2024): momentum whose singular values are all made 1 by a Newton-Schulz iteration, so that every direction
 * of a weight learns alike. For the matrices of hidden layers; the rest (embeddings, heads, biases, gains) wants AdamW. The
 * iteration runs in the parameter's dtype, where PyTorch rounds to bfloat16.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Muon.html
 */
export class Muon extends Optimizer<MuonOptions> {
  constructor(parameters: Parameters<MuonOptions>, options: Partial<MuonOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  protected override validate(group: ParameterGroup<MuonOptions>): void {
    const { lr, weightDecay, momentum, eps, nsSteps, adjustLrFn } = group;
    assertRange('Muon', { lr, weightDecay, momentum, eps, nsSteps });
    if (adjustLrFn !== 'original' && adjustLrFn !== 'match_rms_adamw') {
      throw new ArgumentError(`Muon: adjustLrFn must be 'original' or 'match_rms_adamw', got '${adjustLrFn}'`);
    }
    const other = group.params.find((param) => param.ndim !== 2);
    if (other !== undefined)
      throw new ArgumentError(`Muon: only matrices, not ${formatShape(other.shape)}; give the rest to AdamW`);
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParameterState,
    group: ParameterGroup<MuonOptions>,
  ): void {
    const { momentum, nesterov, lr } = group;
    const buffer = this.buffer(state, 'momentum_buffer', param);
    accumulate({ buffer, grad }, { momentum, gain: h.sub(1, momentum) });
    unrecorded(() =>
      scope(() => {
        const ahead = nesterov ? grad.add(buffer.sub(grad).mul(momentum)) : buffer;
        const step = orthogonalized(ahead, group);
        move({ param, step }, { lr: h.mul(lr, shapeFactor(param, group)), shrink: decoupled(group).shrink });
      }),
    );
  }
}

function shapeFactor({ shape }: Tensor, { adjustLrFn }: MuonOptions): number {
  const [rows, columns] = shape as [number, number];
  if (adjustLrFn === 'match_rms_adamw') return 0.2 * Math.sqrt(Math.max(rows, columns));
  return Math.sqrt(Math.max(1, rows / columns));
}

/** The matrix with its singular values moved to about 1, by a polynomial iteration. */
function orthogonalized(matrix: Tensor, { nsCoefficients, eps, nsSteps }: MuonOptions): Tensor {
  const [first, third, fifth] = nsCoefficients;
  const isTall = (matrix.shape[0] as number) > (matrix.shape[1] as number);
  const wide = isTall ? matrix.T : matrix;
  let x = wide.div(wide.norm().clampMin(eps));
  for (let i = 0; i < nsSteps; i++) {
    const gram = matmul(x, x.T);
    const correction = gram.mul(third).add(matmul(gram, gram).mul(fifth));
    x = x.mul(first).add(matmul(correction, x));
  }
  return isTall ? x.T : x;
}

const accumulate = defineUpdate(['buffer', 'grad'], ['momentum', 'gain'], ({ buffer, grad }, { momentum, gain }) => ({
  buffer: running(buffer, grad, momentum, gain),
}));

const move = defineUpdate(['param', 'step'], ['lr', 'shrink'], ({ param, step }, { lr, shrink }) => ({
  param: e.sub(e.mul(param, shrink), e.mul(lr, step)),
}));
