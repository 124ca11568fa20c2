import { expressions as e } from '@gradus/backend';
import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { fromValues } from '../creation.ts';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import { add, mul } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from './adaptive-pooling.ts';
import { antialiasedAlong } from './antialiasing.ts';
import { cubicWeights } from './cubic.ts';
import { type PerAxis, perAxis } from './spatial.ts';
import { takeAlong } from './take-along.ts';

/** How a value between the elements is found. */
export type InterpolationMode = 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear' | 'area';

export interface InterpolateOptions {
  /** The output's spatial sizes. Either this or `scaleFactor`. */
  readonly size?: PerAxis;
  readonly scaleFactor?: PerAxis;
  /** 'nearest' if left out. The (bi, tri) linear modes are for 1 (2, 3) spatial axes, 'bicubic' for 2. */
  readonly mode?: InterpolationMode;
  /** Whether the corners' centres stay corners (true), or the outer edges stay edges. */
  readonly alignCorners?: boolean;
  /** Take the scale from the rounded sizes, not from `scaleFactor`. */
  readonly recomputeScaleFactor?: boolean;
  /** 'bilinear' and 'bicubic' only: average over what an output element covers, where the image gets smaller. */
  readonly antialias?: boolean;
}

/**
 * Resizes the spatial axes of x [N, C, ...].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
 */
export function interpolate(x: Tensor, options: InterpolateOptions = {}): Tensor {
  const { mode = 'nearest', alignCorners = false, antialias = false } = options;
  const axes = x.ndim - 2;
  if (axes < 1 || axes > 3)
    throw new ShapeError(`interpolate: needs [N, C, ...] with 1 to 3 more axes, got ${formatShape(x.shape)}`);
  if ((axesOfMode[mode] ?? axes) !== axes) {
    throw new ArgumentError(
      `interpolate: mode '${mode}' is for ${axesOfMode[mode]} spatial axes, got ${formatShape(x.shape)}`,
    );
  }
  const { size, scales } = resolve(x, options);
  if (size.some((n) => n < 1))
    throw new ShapeError(`interpolate: ${formatShape(x.shape)} would become ${formatShape(size)}`);
  if (antialias && mode !== 'bilinear' && mode !== 'bicubic') {
    throw new ArgumentError(`interpolate: antialias is for 'bilinear' and 'bicubic', not '${mode}'`);
  }
  if (mode === 'area') return (areas[axes - 1] as typeof adaptiveAvgPool1d)(x, size);
  return scope(() => {
    const resized = size.reduce((result, n, i) => {
      return along(result, i + 2, n, scales[i] as number | null, { mode, alignCorners, antialias });
    }, x);
    return resized === x ? copy('interpolate', x) : resized;
  });
}

/** `interpolate` by the nearest element. */
export function upsampleNearest(x: Tensor, options: Pick<InterpolateOptions, 'size' | 'scaleFactor'>): Tensor {
  return interpolate(x, { ...options, mode: 'nearest' });
}

/** Bilinear `interpolate` with aligned corners. */
export function upsampleBilinear(x: Tensor, options: Pick<InterpolateOptions, 'size' | 'scaleFactor'>): Tensor {
  return interpolate(x, { ...options, mode: 'bilinear', alignCorners: true });
}

const areas = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d] as const;
const axesOfMode: Partial<Record<InterpolationMode, number>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

interface Resolved {
  readonly size: readonly number[];
  /** The scale factor where it counts, else null: then it follows from the sizes. */
  readonly scales: readonly (number | null)[];
}

function resolve(x: Tensor, { size, scaleFactor, recomputeScaleFactor = false }: InterpolateOptions): Resolved {
  const plane = x.shape.slice(2);
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new ArgumentError('interpolate: give either size or scaleFactor');
  }
  if (size !== undefined)
    return { size: perAxis('interpolate', 'size', size, plane.length), scales: plane.map(() => null) };
  const scales = perAxis('interpolate', 'scaleFactor', scaleFactor as PerAxis, plane.length);
  const scaled = plane.map((n, i) => Math.floor(n * (scales[i] as number)));
  return { size: scaled, scales: recomputeScaleFactor ? plane.map(() => null) : scales };
}

function along(
  x: Tensor,
  axis: number,
  size: number,
  factor: number | null,
  { mode, alignCorners, antialias }: Required<Pick<InterpolateOptions, 'mode' | 'alignCorners' | 'antialias'>>,
): Tensor {
  const input = x.shape[axis] as number;
  // The arithmetic is the elements': in float32 positions are rounded as it rounds them.
  const round = x.dtype === 'float64' && !mode.startsWith('nearest') ? (n: number): number => n : Math.fround;
  if (mode === 'nearest' || mode === 'nearest-exact') {
    return takeAlong(x, nearestPositions(input, size, factor, mode === 'nearest' ? 0 : 0.5, round), axis);
  }
  const cubic = mode === 'bicubic';
  const scale = round(scaleOf(input, size, factor, alignCorners));
  if (antialias) return antialiasedAlong(x, axis, size, scale, cubic);
  // Linear modes leave an axis of the same size alone, whatever the scale factor.
  if (input === size && (!cubic || scale === 1)) return x;
  const positions = Float64Array.from({ length: size }, (_, i) => {
    const position = alignCorners ? round(scale * i) : round(round(scale * (i + 0.5)) - 0.5);
    return position < 0 && !cubic ? 0 : position;
  });
  return cubic ? cubicAlong(x, axis, positions) : linearAlong(x, axis, positions);
}

/** The size of an output element in elements of the input. */
function scaleOf(input: number, size: number, factor: number | null, alignCorners: boolean): number {
  if (alignCorners) return size > 1 ? (input - 1) / (size - 1) : 0;
  return factor === null ? input / size : 1 / factor;
}

function nearestPositions(
  input: number,
  size: number,
  factor: number | null,
  shift: number,
  round: (n: number) => number,
): Int32Array {
  const scale = round(factor === null ? input / size : 1 / factor);
  return Int32Array.from({ length: size }, (_, i) => {
    if (input === size) return i;
    if (shift === 0 && size === 2 * input) return i >> 1;
    return Math.min(Math.floor(round((i + shift) * scale)), input - 1);
  });
}

/** Each position between two neighbours. */
function linearAlong(x: Tensor, axis: number, positions: Float64Array): Tensor {
  const last = (x.shape[axis] as number) - 1;
  const below = Int32Array.from(positions, (at) => Math.min(Math.floor(at), last));
  const above = below.map((i) => Math.min(i + 1, last));
  const share = vectorAlong(
    x,
    axis,
    positions.map((at, i) => Math.min(at - (below[i] as number), 1)),
  );
  return mix(takeAlong(x, below, axis), takeAlong(x, above, axis), share);
}

const mix: Pointwise<Tensor, [b: Tensor, share: Tensor]> = pointwise('interpolate', (a, b, share) =>
  e.add(e.mul(e.sub(1, share), a), e.mul(share, b)),
);

/** Each position among four neighbours; outside of x its edge is repeated. */
function cubicAlong(x: Tensor, axis: number, positions: Float64Array): Tensor {
  const last = (x.shape[axis] as number) - 1;
  const terms = [0, 1, 2, 3].map((tap) => {
    const from = Int32Array.from(positions, (at) => Math.min(Math.max(Math.floor(at) - 1 + tap, 0), last));
    const weights = positions.map((at) => cubicWeights(at - Math.floor(at))[tap] as number);
    return mul(takeAlong(x, from, axis), vectorAlong(x, axis, weights));
  });
  return terms.reduce((sum, term) => add(sum, term));
}

/** A vector that broadcasts along an axis of x. */
function vectorAlong(x: Tensor, axis: number, values: Float64Array): Tensor {
  const shape = x.shape.map((_, i) => (i === axis ? values.length : 1));
  return fromValues(values, shape, { dtype: x.dtype, backend: x.backend });
}
