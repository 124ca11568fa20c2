import { char, type Tensor } from '@gradus/tensor';

/** A target of 1 and -1, which uint8 holds as 255. */
export function signs(target: Tensor): Tensor {
  return target.dtype === 'uint8' ? char(target) : target;
}
