import { ShapeError } from '@gradus/storage';
import { scope, type Tensor } from '@gradus/tensor';
import { type PadOptions, pad } from '@gradus/tensor/functional';
import { resize } from './resize.ts';
import { integerBelow, planeOf, type RandomOptions, type Size, sizeOf, type Transform, uniform } from './transform.ts';

export interface RandomCropOptions extends RandomOptions, PadOptions {
  /** Added at every side before the crop. Default 0. */
  readonly padding?: number;
}

export interface RandomResizedCropOptions extends RandomOptions {
  /** Between which shares of the image the crop's area lies. Default [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Between which ratios of width to height. Default [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
}

/** The middle of an image. Throws a ShapeError for images that are smaller. */
export function centerCrop(size: Size): Transform {
  const [height, width] = sizeOf(size);
  return (image) => {
    const [fullHeight, fullWidth] = planeOf('centerCrop', image);
    const middle = (full: number, part: number): number => Math.round((full - part) / 2);
    return crop('centerCrop', image, middle(fullHeight, height), middle(fullWidth, width), height, width);
  };
}

/**
 * A part of an image, anywhere. Throws a ShapeError for images that are smaller, even with padding.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomCrop.html
 */
export function randomCrop(size: Size, options: RandomCropOptions = {}): Transform {
  const [height, width] = sizeOf(size);
  const { padding = 0, generator: _, ...padOptions } = options;
  return (image) =>
    scope(() => {
      planeOf('randomCrop', image);
      const padded = padding === 0 ? image : pad(image, [padding, padding, padding, padding], padOptions);
      const [fullHeight, fullWidth] = planeOf('randomCrop', padded);
      if (fullHeight === height && fullWidth === width) return padded;
      const top = integerBelow(options, Math.max(1, fullHeight - height + 1));
      const left = integerBelow(options, Math.max(1, fullWidth - width + 1));
      return crop('randomCrop', padded, top, left, height, width);
    });
}

/**
 * A part of random area and shape, resized.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomResizedCrop.html
 */
export function randomResizedCrop(size: Size, options: RandomResizedCropOptions = {}): Transform {
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = options;
  const resizeCrop = resize(sizeOf(size));
  return (image) =>
    scope(() => {
      const [height, width] = planeOf('randomResizedCrop', image);
      // A few tries, then the middle of the image: very long images leave no room for some shapes.
      for (let attempt = 0; attempt < 10; attempt++) {
        const area = height * width * uniform(options, ...scale);
        const aspect = Math.exp(uniform(options, Math.log(ratio[0]), Math.log(ratio[1])));
        const [w, h] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
        if (w < 1 || h < 1 || w > width || h > height) continue;
        const top = integerBelow(options, height - h + 1);
        return resizeCrop(crop('randomResizedCrop', image, top, integerBelow(options, width - w + 1), h, w));
      }
      const side = Math.min(height, width);
      return resizeCrop(centerCrop(side)(image));
    });
}

function crop(name: string, image: Tensor, top: number, left: number, height: number, width: number): Tensor {
  const [fullHeight, fullWidth] = planeOf(name, image);
  if (height > fullHeight || width > fullWidth) {
    throw new ShapeError(`${name}: can't take ${height} x ${width} pixels out of ${fullHeight} x ${fullWidth}`);
  }
  return image.narrow(-2, top, height).narrow(-1, left, width);
}
