import { isFloat, ShapeError } from '@gradus/storage';
import { defaultGenerator, type Generator, scope, type Tensor } from '@gradus/tensor';

/**
 * Changes an image [C, H, W], or all images of a batch [N, C, H, W] in the same way. The input stays as it is; where there is nothing
 * to change, it is returned itself.
 */
export type Transform = (image: Tensor) => Tensor;

export interface RandomOptions {
  /** Where random numbers come from; the default generator if left out. */
  readonly generator?: Generator;
}

/** Transforms one after the other, as one. */
export function compose(...transforms: readonly Transform[]): Transform {
  return (image) => scope(() => transforms.reduce((changed, transform) => transform(changed), image));
}

/** A number from [from, to), as torch draws one of float32. */
export function uniform({ generator = defaultGenerator }: RandomOptions, from: number, to: number): number {
  return Math.fround(generator.fraction(24) * Math.fround(to - from) + from);
}

/** An integer from [0, end). */
export function integerBelow({ generator = defaultGenerator }: RandomOptions, end: number): number {
  return generator.random32() % end;
}

/** [height, width]. */
export type Size = number | readonly [height: number, width: number];

export function sizeOf(size: Size): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** Height and width of an image. */
export function planeOf(transform: string, image: Tensor): [number, number] {
  if (image.ndim !== 3 && image.ndim !== 4) {
    throw new ShapeError(`${transform}: images are [C, H, W] or [N, C, H, W], got [${image.shape.join(', ')}]`);
  }
  return image.shape.slice(-2) as [number, number];
}

/** Computes on a batch of floats; bytes are rounded back to bytes. */
export function asFloatBatch(image: Tensor, change: (batch: Tensor) => Tensor): Tensor {
  return scope(() => {
    const batch = image.ndim === 3 ? image.unsqueeze(0) : image;
    const changed = isFloat(image.dtype)
      ? change(batch)
      : change(batch.float()).round().clampMin(0).clampMax(255).to(image.dtype);
    return image.ndim === 3 ? changed.squeeze(0) : changed;
  });
}
