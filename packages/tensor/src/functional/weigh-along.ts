import { fromValues } from '../creation.ts';
import { matmul } from '../ops/matmul.ts';
import { movedim } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';

/** What an output position reads along an axis: elements from `start` on, each with its weight. */
export interface Window {
  readonly start: number;
  readonly weights: readonly number[];
}

/** Along an axis of x a weighted sum per window, as one product with a matrix. */
export function weighAlong(x: Tensor, axis: number, windows: readonly Window[]): Tensor {
  const [input, output] = [x.shape[axis] as number, windows.length];
  const matrix = new Float64Array(input * output);
  windows.forEach(({ start, weights }, i) => {
    weights.forEach((weight, k) => {
      matrix[(start + k) * output + i] = weight;
    });
  });
  const factor = fromValues(matrix, [input, output], { dtype: x.dtype, backend: x.backend });
  return movedim(matmul(movedim(x, axis, -1), factor), -1, axis);
}
