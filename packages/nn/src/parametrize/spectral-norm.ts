import { ArgumentError, formatShape } from '@gradus/storage';
import { empty, scope, type Tensor, unrecorded } from '@gradus/tensor';
import { normalize } from '@gradus/tensor/functional';
import { normal_ } from '../init/distribution.ts';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from '../layers/index.ts';
import { type AnyModule, Module } from '../module.ts';
import { StateBuffer } from '../parameter.ts';
import { parameterOf } from './computed.ts';
import { registerParametrization } from './parametrize.ts';

export interface SpectralNormOptions {
  /** Steps of the power method per forward in training. Default 1. */
  readonly nPowerIterations?: number;
  /** Added to norms. Default 1e-12. */
  readonly eps?: number;
  /** The axis of the outputs. Default 0; 1 for transposed convolutions. */
  readonly dim?: number;
}

/** Divides a weight by its largest singular value, which the power method follows from step to step. */
class SpectralNorm extends Module {
  readonly _u: StateBuffer | null;
  readonly _v: StateBuffer | null;
  readonly dim: number;
  readonly eps: number;
  readonly nPowerIterations: number;

  constructor(weight: Tensor, { nPowerIterations = 1, eps = 1e-12, dim = 0 }: SpectralNormOptions) {
    super();
    if (nPowerIterations <= 0) {
      throw new ArgumentError(`spectralNorm: nPowerIterations must be positive, got ${nPowerIterations}`);
    }
    if (dim >= weight.ndim || dim < -weight.ndim) {
      throw new ArgumentError(`spectralNorm: no axis ${dim} in ${formatShape(weight.shape)}`);
    }
    this.dim = dim < 0 ? dim + weight.ndim : dim;
    this.eps = eps;
    this.nPowerIterations = nPowerIterations;
    const matrix = weight.ndim > 1 ? unrecorded(() => this.matrixOf(weight)) : null;
    this._u = matrix && this.direction(matrix, matrix.shape[0] as number);
    this._v = matrix && this.direction(matrix, matrix.shape[1] as number);
    if (matrix !== null) this.iterate(matrix, 15);
  }

  override forward(weight: Tensor): Tensor {
    const { _u, _v } = this;
    if (_u === null || _v === null) return normalize(weight, { dim: 0, eps: this.eps });
    return scope(() => {
      const matrix = this.matrixOf(weight);
      if (this.training) this.iterate(matrix, this.nPowerIterations);
      // Copies: the next step's directions are written over these.
      const [u, v] = [_u.detach().clone(), _v.detach().clone()];
      return weight.div(u.mul(matrix.matmul(v)).sum());
    });
  }

  private iterate(matrix: Tensor, times: number): void {
    const [u, v] = [this._u as StateBuffer, this._v as StateBuffer];
    unrecorded(() =>
      scope(() => {
        for (let i = 0; i < times; i++) {
          u.copy_(normalize(matrix.matmul(v), { dim: 0, eps: this.eps }));
          v.copy_(normalize(matrix.T.matmul(u), { dim: 0, eps: this.eps }));
        }
      }),
    );
  }

  /** A random unit vector. */
  private direction(like: Tensor, size: number): StateBuffer {
    const drawn = normal_(empty([size], { dtype: like.dtype, backend: like.backend }));
    return new StateBuffer(normalize(drawn, { dim: 0, eps: this.eps }));
  }

  /** [outputs, all else] */
  private matrixOf(weight: Tensor): Tensor {
    return (this.dim === 0 ? weight : weight.movedim(this.dim, 0)).flatten(1);
  }
}

/**
 * Divides a weight by its largest singular value. The state dict holds `parametrizations.NAME.original` and
 * `parametrizations.NAME.0._u` and `._v` in its place, as torch.nn.utils.parametrizations.spectral_norm. (Miyato et al. 2018.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.spectral_norm.html
 */
export function spectralNorm<T extends AnyModule>(module: T, name = 'weight', options: SpectralNormOptions = {}): T {
  const weight = parameterOf('spectralNorm', module, name);
  const transposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some((Layer) => module instanceof Layer);
  registerParametrization(module, name, new SpectralNorm(weight, { dim: transposed ? 1 : 0, ...options }));
  return module;
}
