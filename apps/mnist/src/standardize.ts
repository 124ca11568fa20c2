import type { Tensor } from '@gradus/tensor';

/** Bytes as floats with the mean 0 and standard deviation 1 of the training images. */
export function standardize(image: Tensor): Tensor {
  return image
    .float()
    .sub(0.1307 * 255)
    .div(0.3081 * 255);
}
