import { interpolate } from '@gradus/tensor/functional';
import { asFloatBatch, planeOf, type Transform } from './transform.ts';

export interface ResizeOptions {
  /** How values between pixels are found. Default 'bilinear'. */
  readonly mode?: 'bilinear' | 'bicubic' | 'nearest';
}

/**
 * Resizes to [height, width]; a single number is the shorter side, and the shape is kept. Smooth modes average over all pixels that
 * become one. Bytes stay bytes.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.Resize.html
 */
export function resize(
  size: number | readonly [height: number, width: number],
  options: ResizeOptions = {},
): Transform {
  const { mode = 'bilinear' } = options;
  return (image) => {
    const [height, width] = planeOf('resize', image);
    const target = typeof size === 'number' ? shorterSide(height, width, size) : size;
    if (target[0] === height && target[1] === width) return image;
    return asFloatBatch(image, (batch) => interpolate(batch, { size: target, mode, antialias: mode !== 'nearest' }));
  };
}

function shorterSide(height: number, width: number, side: number): [number, number] {
  if (height <= width) return [side, Math.floor((side * width) / height)];
  return [Math.floor((side * height) / width), side];
}
