import type { Tensor } from '@gradus/tensor';
import { interpolate } from '@gradus/tensor/functional';
import type { Node, Operator } from '../node.ts';

/** Resizing of the spatial axes of [N, C, ...]. */
export const resize: Readonly<Record<string, Operator>> = {
  Resize: (node) => {
    // Version 10 has the scales as its second input; later ones a region of interest before them.
    const [scales, sizes] = node.opset < 11 ? [node.numbers(1), null] : [node.numbers(2), node.numbers(3)];
    return resized(node, scales, sizes);
  },
  Upsample: (node) => resized(node, node.numbers(1) ?? node.attribute('scales')?.floats ?? null, null),
};

type Mode = 'nearest' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic';

/** By the number of spatial axes. */
const modes: Readonly<Record<string, Readonly<Partial<Record<number, Mode>>>>> = {
  nearest: { 1: 'nearest', 2: 'nearest', 3: 'nearest' },
  linear: { 1: 'linear', 2: 'bilinear', 3: 'trilinear' },
  cubic: { 2: 'bicubic' },
};

function resized(node: Node, scales: readonly number[] | null, sizes: readonly number[] | null): Tensor {
  const x = node.input(0);
  const axes = x.ndim - 2;
  const mode = modes[node.string('mode', 'nearest')]?.[axes];
  if (mode === undefined)
    throw node.error(`the mode '${node.string('mode', 'nearest')}' of ${axes} axes is not supported`);
  const alignCorners = alignment(node, mode === 'nearest');
  const options = mode === 'nearest' ? { mode } : { mode, alignCorners };
  if (sizes !== null && sizes.length > 0) {
    if (sizes.some((n, axis) => axis < 2 && n !== x.shape[axis]))
      throw node.error('only the axes after the second can be resized');
    return interpolate(x, { ...options, size: node.checked(sizes).slice(2) });
  }
  if (scales === null || scales.length !== x.ndim || scales[0] !== 1 || scales[1] !== 1) {
    throw node.error('it needs scales, which are 1 for the first two axes');
  }
  node.checked(x.shape.map((n, axis) => Math.floor(n * (scales[axis] as number))));
  return interpolate(x, { ...options, scaleFactor: scales.slice(2) });
}

/** Whether corners stay where they are. What samples otherwise than PyTorch does is refused. */
function alignment(node: Node, isNearest: boolean): boolean {
  if (node.proto.opType === 'Upsample' || node.opset < 11) {
    if (isNearest) return false;
    throw node.error('only the nearest mode of this old version is supported');
  }
  const coordinates = node.string('coordinate_transformation_mode', 'half_pixel');
  if (isNearest) {
    if (coordinates === 'asymmetric' && node.string('nearest_mode', 'round_prefer_floor') === 'floor') return false;
    throw node.error(`nearest elements by '${coordinates}' are not supported, only by 'asymmetric' and 'floor'`);
  }
  if (coordinates === 'align_corners') return true;
  if (coordinates === 'half_pixel' || coordinates === 'pytorch_half_pixel') return false;
  throw node.error(`coordinates by '${coordinates}' are not supported`);
}
