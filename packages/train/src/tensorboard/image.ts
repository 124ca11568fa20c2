import { missingPackage } from '@gradus/data';
import { isFloat, ShapeError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import type { PngImage } from './event.ts';

/** An image [C, H, W] of 1 to 4 channels, in [0, 1] if of floats and up to 255 if not, as a PNG file. */
export async function pngOf(image: Tensor): Promise<PngImage> {
  const [channels, height, width] = image.shape;
  if (channels === undefined || height === undefined || width === undefined || image.ndim !== 3 || channels > 4) {
    throw new ShapeError(`addImage: an image is [C, H, W] with up to 4 channels, got [${image.shape.join(', ')}]`);
  }
  const { encode } = await load();
  const pixels = image.detach().permute([1, 2, 0]);
  const values = await pixels.data();
  pixels.dispose();
  const scale = isFloat(image.dtype) ? 255 : 1;
  const data = Uint8ClampedArray.from(values as ArrayLike<number>, (value) => value * scale);
  return { width, height, channels, png: encode({ width, height, channels, data }) };
}

async function load() {
  try {
    return await import('fast-png');
  } catch (error) {
    throw missingPackage('addImage', 'fast-png', error);
  }
}
