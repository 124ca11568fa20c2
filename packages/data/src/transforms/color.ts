import { ArgumentError, isFloat } from '@gradus/storage';
import { scope, tensor } from '@gradus/tensor';
import type { Transform } from './transform.ts';

/** Bytes as floats in [0, 1]; floats stay as they are. */
export function toFloat(): Transform {
  return (image) => (isFloat(image.dtype) ? image : scope(() => image.float().div(255)));
}

/**
 * Subtracts a mean from each channel of a float image, and divides by a standard deviation.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
 */
export function normalize(mean: readonly number[], std: readonly number[]): Transform {
  if (mean.length !== std.length || std.some((value) => !(value > 0))) {
    throw new ArgumentError('normalize: every channel has a mean and a positive standard deviation');
  }
  return (image) =>
    scope(() => {
      if (!isFloat(image.dtype))
        throw new ArgumentError(`normalize: needs floats, got ${image.dtype}; use toFloat first`);
      const options = { dtype: image.dtype, backend: image.backend };
      const perChannel = (values: readonly number[]) => tensor(values, options).reshape([-1, 1, 1]);
      return image.sub(perChannel(mean)).div(perChannel(std));
    });
}
