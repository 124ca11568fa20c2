import { expressions as e } from '@gradus/backend';
import { scope } from '../memory.ts';
import { type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import { pow } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { avgPool1d, avgPool2d, type PoolOptions } from './pooling.ts';
import { type PerAxis, perAxis } from './spatial.ts';

export type LpPoolOptions = Omit<PoolOptions, 'padding'>;

/** (sum of x^p)^(1 / p) per window of x [N, C, L] or [C, L]. */
export function lpPool1d(x: Tensor, p: number, window: PerAxis, options: LpPoolOptions = {}): Tensor {
  return lpPool(avgPool1d, x, p, perAxis('lpPool1d', 'window', window, 1), options);
}

/**
 * (sum of x^p)^(1 / p) per window of x [N, C, H, W] or [C, H, W].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool2d.html
 */
export function lpPool2d(x: Tensor, p: number, window: PerAxis, options: LpPoolOptions = {}): Tensor {
  return lpPool(avgPool2d, x, p, perAxis('lpPool2d', 'window', window, 2), options);
}

function lpPool(
  mean: typeof avgPool1d,
  x: Tensor,
  p: number,
  window: readonly number[],
  options: LpPoolOptions,
): Tensor {
  const count = window.reduce((a, b) => a * b, 1);
  return scope(() => rootOfSum(mean(pow(x, p), window, options), count, 1 / p));
}

/** No gradient at 0, where a root has none. */
const rootOfSum: Pointwise<Tensor, [count: number, inverse: number]> = pointwise('lpPool', (mean, count, inverse) =>
  e.select(e.eq(mean, 0), 0, e.pow(e.mul(mean, count), inverse)),
);
