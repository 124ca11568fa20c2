import { matmul } from '../ops/matmul.ts';
import { narrow, unsqueeze } from '../ops/movement.ts';
import { add, div, mul, sub } from '../ops/pointwise/index.ts';
import { diagEmbed } from '../ops/rearrange.ts';
import type { Tensor } from '../tensor.ts';
import { identityLike, mT } from './matrices.ts';

type Parts<T> = { readonly U: T; readonly S: T; readonly Vh: T };

/**
 * With S as a diagonal matrix, E_ij = s_j^2 - s_i^2 and skew(X) = X - X^T,
 *
 *     U (skew(U^T gU) / E S + S skew(V^T gV) / E + gS) V^T + (I - U U^T) gU S^-1 V^T + U S^-1 gV^T (I - V V^T)
 *
 * Vectors beyond the first min(m, n) have no gradient. (Townsend 2016: Differentiating the singular value decomposition.)
 */
export function svdGradient(outputs: Parts<Tensor>, gradients: Parts<Tensor | null | undefined>): Tensor {
  const { S } = outputs;
  const k = S.shape[S.ndim - 1] as number;
  const [U, Vh] = [narrow(outputs.U, -1, 0, k), narrow(outputs.Vh, -2, 0, k)];
  const gU = gradients.U && narrow(gradients.U, -1, 0, k);
  const gVh = gradients.Vh && narrow(gradients.Vh, -2, 0, k);
  const gS = gradients.S ?? null;
  if (!gU && !gVh) return matmul(mul(U, unsqueeze(gS as Tensor, -2)), Vh);
  const E = squareDifferences(S);
  const ofU = gU ? mul(div(skew(matmul(mT(U), gU)), E), unsqueeze(S, -2)) : null;
  const ofV = gVh ? mul(div(skew(matmul(Vh, mT(gVh))), E), unsqueeze(S, -1)) : null;
  const inner = [ofU, ofV, gS && diagEmbed(gS)].filter((part) => part !== null).reduce((a, b) => add(a, b));
  const parts = [matmul(U, matmul(inner, Vh))];
  const [rows, columns] = [U.shape[U.ndim - 2] as number, Vh.shape[Vh.ndim - 1] as number];
  if (gU && rows > k) parts.push(matmul(outside(U, div(gU, unsqueeze(S, -2))), Vh));
  if (gVh && columns > k) parts.push(matmul(U, mT(outside(mT(Vh), mT(div(gVh, unsqueeze(S, -1)))))));
  return parts.reduce((a, b) => add(a, b));
}

function skew(x: Tensor): Tensor {
  return sub(x, mT(x));
}

/** The part of x outside the space of the columns of q. */
function outside(q: Tensor, x: Tensor): Tensor {
  return sub(x, matmul(q, matmul(mT(q), x)));
}

/** s_j^2 - s_i^2 in row i and column j, as a product that doesn't cancel, and 1 on the diagonal, which divides zeros. */
function squareDifferences(s: Tensor): Tensor {
  const [row, column] = [unsqueeze(s, -2), unsqueeze(s, -1)];
  return add(mul(sub(row, column), add(row, column)), identityLike(s, s.shape[s.ndim - 1] as number));
}
