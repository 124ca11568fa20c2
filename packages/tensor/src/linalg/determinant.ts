import { limitsOf } from '@gradus/storage';
import { arange } from '../creation.ts';
import { withRule } from '../launch/custom.ts';
import { cat, filled } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { GradientContext, GradientRule } from '../operation.ts';
import { cumprod } from '../ops/cumulative.ts';
import { matmul } from '../ops/matmul.ts';
import { expand, flip, narrow, unsqueeze } from '../ops/movement.ts';
import { abs, add, eq, log, lt, mul, ne, sign, where } from '../ops/pointwise/index.ts';
import { diagEmbed } from '../ops/rearrange.ts';
import { prod, sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { luFactorEx, luSolve } from './lu.ts';
import { diagonalOf, identityLike, mT, squareSize } from './matrices.ts';
import { solveEx } from './solve.ts';
import { svd } from './svd.ts';

/**
 * Determinants of matrices [..., n, n], as [...]; that of an empty matrix is 1. Singular matrices have gradients too.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.det.html
 */
export function det(x: Tensor): Tensor {
  squareSize('det', x);
  return scope(() => {
    return withRule('det', [x], detRule, () => {
      const { LU, pivots } = luFactorEx(x);
      return [mul(prod(diagonalOf(LU), { dim: -1 }), parity(pivots, LU)), LU, pivots];
    })[0] as Tensor;
  });
}

/** 1, or -1 for an odd number of row exchanges. */
function parity(pivots: Tensor, { dtype, backend }: Tensor): Tensor {
  const n = pivots.shape[pivots.ndim - 1] as number;
  const own = arange(1, n + 1, 1, { dtype: 'int32', backend });
  const one = filled(backend, [], dtype, 1);
  return prod(where(ne(pivots, own), mul(one, -1), one), { dim: -1 });
}

/** The transposed adjugate times g: det(x) x^-T where x can be inverted. */
const detRule: GradientRule = {
  saves: { inputs: [0], outputs: [0, 1, 2] },
  backward: (context, [g]) => [g ? () => (context.createGraph ? adjugate(context, g) : perturbed(context, g)) : null],
};

/** The determinant is smooth, so a tiny number in place of a zero on U's diagonal gives nearly the gradient. */
function perturbed({ output }: GradientContext, g: Tensor): Tensor {
  const [d, LU, pivots] = [output(0), output(1), output(2)];
  const u = diagonalOf(LU);
  const { epsilon } = limitsOf(LU.dtype);
  const regular = add(LU, diagEmbed(where(eq(u, 0), filled(LU.backend, [], LU.dtype, epsilon), 0)));
  return luSolve(regular, pivots, scaledIdentity(LU, mul(g, d)), { adjoint: true });
}

/**
 * As a function that can be differentiated once more: det(x) x^-T for regular matrices, and by singular values for the others.
 * Each formula gets matrices that it can do in place of those that it can't, and its results there are not used.
 */
function adjugate({ input, output }: GradientContext, g: Tensor): Tensor {
  const [x, d] = [input(0), output(0)];
  const n = x.shape[x.ndim - 1] as number;
  const isSingular = lt(abs(d), 100 * limitsOf(x.dtype).epsilon);
  const mask = unsqueeze(unsqueeze(isSingular, -1), -1);
  const regular = where(mask, identityLike(x, n), x);
  const byInverse = solveEx(mT(regular), scaledIdentity(x, mul(g, d))).result;
  // A matrix with distinct singular values: they are divided by their differences.
  const distinct = diagEmbed(arange(1, n + 1, 1, { dtype: x.dtype, backend: x.backend }));
  return where(mask, bySingularValues(where(mask, x, distinct), g), byInverse);
}

/** g det(U) det(V) U s' V^T, where s' holds the products of the other singular values. (Higham 2020.) */
function bySingularValues(x: Tensor, g: Tensor): Tensor {
  const { U, S, Vh } = svd(x, { fullMatrices: false });
  const scale = mul(mul(det(U), det(Vh)), g);
  return matmul(mul(U, unsqueeze(mul(productOfOthers(S), unsqueeze(scale, -1)), -2)), Vh);
}

/** Per element of the last axis the product of those before it and of those after it. */
function productOfOthers(x: Tensor): Tensor {
  const before = (y: Tensor): Tensor => {
    const ones = expand(filled(x.backend, [], x.dtype, 1), [...x.shape.slice(0, -1), 1]);
    return narrow(cumprod(cat([ones, y], x.ndim - 1), -1), -1, 0, x.shape[x.ndim - 1] as number);
  };
  return mul(before(x), flip(before(flip(x, -1)), -1));
}

/** A diagonal matrix of one value, for each of a batch. */
function scaledIdentity(x: Tensor, values: Tensor): Tensor {
  return diagEmbed(expand(unsqueeze(values, -1), x.shape.slice(0, -1)));
}

/**
 * The determinant's sign (-1, 0 or 1) and the logarithm of its magnitude, which doesn't overflow.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.slogdet.html
 */
export function slogdet(x: Tensor): { readonly sign: Tensor; readonly logabsdet: Tensor } {
  squareSize('slogdet', x);
  return scope(() => {
    const { LU, pivots } = luFactorEx(x);
    const u = diagonalOf(LU);
    return {
      sign: mul(prod(sign(u), { dim: -1 }), parity(pivots, LU)),
      logabsdet: sum(log(abs(u)), { dim: -1 }),
    };
  });
}

/**
 * The logarithm of the determinant; NaN where that is negative.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.logdet.html
 */
export function logdet(x: Tensor): Tensor {
  squareSize('logdet', x);
  return scope(() => {
    const { sign, logabsdet } = slogdet(x);
    return add(logabsdet, where(lt(sign, 0), filled(x.backend, [], x.dtype, Number.NaN), 0));
  });
}
