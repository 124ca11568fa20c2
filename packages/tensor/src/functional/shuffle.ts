import { ArgumentError, formatShape } from '@gradus/storage';
import { scope } from '../memory.ts';
import { permute, reshape, transpose } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';

/**
 * [..., C r^2, H, W] to [..., C, H r, W r]: channels become pixels. (Shi et al. 2016.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  const [batch, [channels, h, w]] = imageShape('pixelShuffle', x);
  const r = upscaleFactor;
  if (r < 1 || channels % (r * r) !== 0) {
    throw new ArgumentError(
      `pixelShuffle: the ${channels} channels of ${formatShape(x.shape)} don't divide by ${r} * ${r}`,
    );
  }
  return scope(() => {
    const split = reshape(x, [...batch, channels / (r * r), r, r, h, w]);
    return reshape(permuteLast(split, [0, 3, 1, 4, 2]), [...batch, channels / (r * r), h * r, w * r]);
  });
}

/** The inverse of `pixelShuffle`: [..., C, H r, W r] to [..., C r^2, H, W]. */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  const [batch, [channels, h, w]] = imageShape('pixelUnshuffle', x);
  const r = downscaleFactor;
  if (r < 1 || h % r !== 0 || w % r !== 0) {
    throw new ArgumentError(`pixelUnshuffle: height and width of ${formatShape(x.shape)} don't divide by ${r}`);
  }
  return scope(() => {
    const split = reshape(x, [...batch, channels, h / r, r, w / r, r]);
    return reshape(permuteLast(split, [0, 2, 4, 1, 3]), [...batch, channels * r * r, h / r, w / r]);
  });
}

/** [N, C, ...] with the channels of `groups` groups taken in turns. (Zhang et al. 2018.) */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  const [batch, channels, ...plane] = x.shape as [number, number, ...number[]];
  if (x.ndim < 3 || groups < 1 || channels % groups !== 0) {
    throw new ArgumentError(`channelShuffle: the channels of ${formatShape(x.shape)} don't form ${groups} groups`);
  }
  return scope(() => reshape(transpose(reshape(x, [batch, groups, channels / groups, ...plane]), 1, 2), x.shape));
}

function imageShape(op: string, x: Tensor): [readonly number[], [number, number, number]] {
  if (x.ndim < 3) throw new ArgumentError(`${op}: needs [..., C, H, W], got ${formatShape(x.shape)}`);
  return [x.shape.slice(0, -3), x.shape.slice(-3) as [number, number, number]];
}

/** Permutes the last axes; those before them stay. */
function permuteLast(x: Tensor, axes: readonly number[]): Tensor {
  const rest = x.ndim - axes.length;
  return permute(x, [...x.shape.slice(0, rest).keys(), ...axes.map((axis) => rest + axis)]);
}
