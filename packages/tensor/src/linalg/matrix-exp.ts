import { matrixExponential } from '@gradus/backend/linalg';
import { zerosLike } from '../creation.ts';
import { factorize } from '../launch/custom.ts';
import { cat } from '../launch/index.ts';
import type { GradientRule } from '../operation.ts';
import { narrow } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { mT, squareSize } from './matrices.ts';

/**
 * The exponential of matrices [..., n, n], the sum of x^k / k!, by scaling and squaring.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.matrix_exp.html
 */
export function matrixExp(x: Tensor): Tensor {
  squareSize('matrixExp', x);
  return factorize('matrixExp', matrixExponential, [x], [[x.shape, x.dtype]], matrixExpRule)[0] as Tensor;
}

/** The block beside the diagonal of exp([[x^T, g], [0, x^T]]). (Al-Mohy & Higham 2009; Najfeld & Havel 1995.) */
const matrixExpRule: GradientRule = {
  saves: { inputs: [0] },
  backward: ({ input }, [g]) => [
    g
      ? () => {
          const x = mT(input(0));
          const [n, row, column] = [x.shape[x.ndim - 1] as number, x.ndim - 2, x.ndim - 1];
          const blocks = cat([cat([x, g], column), cat([zerosLike(x), x], column)], row);
          return narrow(narrow(matrixExp(blocks), row, 0, n), column, n, n);
        }
      : null,
  ],
};
