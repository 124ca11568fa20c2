import { planeOf, type RandomOptions, type Transform, uniform } from './transform.ts';

export interface FlipOptions extends RandomOptions {
  /** How likely it is. Default 0.5. */
  readonly p?: number;
}

/** Mirrors left and right, sometimes. */
export function randomHorizontalFlip(options: FlipOptions = {}): Transform {
  return randomFlip('randomHorizontalFlip', -1, options);
}

/** Mirrors top and bottom, sometimes. */
export function randomVerticalFlip(options: FlipOptions = {}): Transform {
  return randomFlip('randomVerticalFlip', -2, options);
}

function randomFlip(name: string, axis: -1 | -2, options: FlipOptions): Transform {
  const { p = 0.5 } = options;
  return (image) => {
    planeOf(name, image);
    return uniform(options, 0, 1) < p ? image.flip([axis]) : image;
  };
}
