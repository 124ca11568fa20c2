import { tensor } from '@gradus/tensor';
import { affineGrid, type GridSampleOptions, gridSample } from '@gradus/tensor/functional';
import { asFloatBatch, planeOf, type RandomOptions, type Transform, uniform } from './transform.ts';

export interface AffineOptions extends Pick<GridSampleOptions, 'mode' | 'paddingMode'> {
  /** Clockwise, in degrees. */
  readonly angle?: number;
  /** Right and down, in pixels. */
  readonly translate?: readonly [x: number, y: number];
  readonly scale?: number;
  /** Along x and y, in degrees. */
  readonly shear?: readonly [x: number, y: number];
}

/** Ranges, from which a change is drawn for every call. */
export interface RandomAffineOptions extends RandomOptions, Pick<GridSampleOptions, 'mode' | 'paddingMode'> {
  /** From -degrees to degrees, or from the first to the second. */
  readonly degrees: number | readonly [number, number];
  /** The largest shares of width and height by which the image moves. */
  readonly translate?: readonly [x: number, y: number];
  readonly scale?: readonly [number, number];
  /** Degrees along x, like `degrees`. */
  readonly shear?: number | readonly [number, number];
}

/**
 * Turns, moves, scales and shears an image around its middle. Points between pixels are interpolated; what comes from outside is
 * black unless `paddingMode` says otherwise.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.affine.html
 */
export function affine(options: AffineOptions): Transform {
  const { mode = 'bilinear', paddingMode = 'zeros' } = options;
  const [a, b, c, d, e, f] = inverseMatrix(options);
  return (image) => {
    const [height, width] = planeOf('affine', image);
    return asFloatBatch(image, (batch) => {
      // From pixels around the middle to coordinates where the edges are -1 and 1.
      const rows = [
        [a, (b * height) / width, (2 * c) / width],
        [(d * width) / height, e, (2 * f) / height],
      ];
      const theta = tensor([rows], { dtype: batch.dtype, backend: batch.backend });
      const grid = affineGrid(theta.expand([batch.shape[0] as number, 2, 3]), batch.shape);
      return gridSample(batch, grid, { mode, paddingMode });
    });
  };
}

/**
 * An affine change, drawn anew for every image.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.RandomAffine.html
 */
export function randomAffine(options: RandomAffineOptions): Transform {
  const { degrees, translate, scale, shear, mode, paddingMode } = options;
  return (image) => {
    const [height, width] = planeOf('randomAffine', image);
    const shift = (share: number, size: number): number => Math.round(uniform(options, -share * size, share * size));
    return affine({
      angle: uniform(options, ...range(degrees)),
      translate: translate === undefined ? [0, 0] : [shift(translate[0], width), shift(translate[1], height)],
      scale: scale === undefined ? 1 : uniform(options, ...scale),
      shear: shear === undefined ? [0, 0] : [uniform(options, ...range(shear)), 0],
      ...(mode === undefined ? {} : { mode }),
      ...(paddingMode === undefined ? {} : { paddingMode }),
    })(image);
  };
}

/** Turns an image by a random angle, counter-clockwise. */
export function randomRotation(
  degrees: number | readonly [number, number],
  options: RandomOptions & Pick<GridSampleOptions, 'mode' | 'paddingMode'> = {},
): Transform {
  return (image) => {
    const angle = -uniform(options, ...range(degrees));
    return affine({ ...options, angle })(image);
  };
}

function range(degrees: number | readonly [number, number]): readonly [number, number] {
  return typeof degrees === 'number' ? [-degrees, degrees] : degrees;
}

/** Where a pixel of the result comes from: [x, y] = [a x + b y + c, d x + e y + f], from the middle, y downwards. */
function inverseMatrix(options: AffineOptions): readonly [number, number, number, number, number, number] {
  const { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0] } = options;
  const radians = (value: number): number => (value * Math.PI) / 180;
  const [turn, sx, sy] = [radians(angle), radians(shear[0]), radians(shear[1])];
  // Rotation after shear along y after shear along x, inverted.
  const a = Math.cos(turn - sy) / Math.cos(sy);
  const b = (-Math.cos(turn - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(turn);
  const c = Math.sin(turn - sy) / Math.cos(sy);
  const d = (-Math.sin(turn - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(turn);
  const [xx, xy, yx, yy] = [d / scale, -b / scale, -c / scale, a / scale];
  const [tx, ty] = translate;
  return [xx, xy, -xx * tx - xy * ty, yx, yy, -yx * tx - yy * ty];
}
