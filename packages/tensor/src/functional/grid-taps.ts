import { type Expression, expressions as e } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import type { Tensor } from '../tensor.ts';
import { cubicWeight } from './cubic.ts';

export interface GridSampleOptions {
  /** How a value between the elements is found; 'bicubic' is for images. 'bilinear' if left out. */
  readonly mode?: 'bilinear' | 'nearest' | 'bicubic';
  /** What lies outside: zeros (default), the edge repeated, or the image mirrored. */
  readonly paddingMode?: 'zeros' | 'border' | 'reflection';
  /** Whether -1 and 1 are the centres of the corners (true), or their outer edges. */
  readonly alignCorners?: boolean;
}

/** Along one axis: the elements (int32) that points read, and how much each counts. */
export interface Tap {
  readonly index: Tensor;
  readonly weight: Tensor;
}

/** How many elements along an axis a point reads. */
const tapCounts = { nearest: 1, bilinear: 2, bicubic: 4 } as const;

export function assertMode(axes: number, { mode = 'bilinear', paddingMode = 'zeros' }: GridSampleOptions): void {
  if (
    mode in tapCounts &&
    ['zeros', 'border', 'reflection'].includes(paddingMode) &&
    (mode !== 'bicubic' || axes === 2)
  )
    return;
  throw new ArgumentError(`gridSample: mode '${mode}' with padding '${paddingMode}' doesn't exist for ${axes} axes`);
}

/** The taps of coordinates from -1 to 1 on an axis of `size` elements. */
export function tapsAlong(coordinates: Tensor, size: number, options: GridSampleOptions): readonly Tap[] {
  return opsFor(options).map(({ index, weight }) => ({
    index: index(coordinates, size),
    weight: weight(coordinates, size),
  }));
}

type TapOp = Pointwise<Tensor, [size: number]>;

interface TapOps {
  readonly index: TapOp;
  readonly weight: TapOp;
}

const cache = new Map<string, readonly TapOps[]>();

function opsFor({
  mode = 'bilinear',
  paddingMode = 'zeros',
  alignCorners = false,
}: GridSampleOptions): readonly TapOps[] {
  const key = `${mode} ${paddingMode} ${alignCorners}`;
  let ops = cache.get(key);
  if (ops === undefined) {
    ops = Array.from({ length: tapCounts[mode] }, (_, tap) => tapOps({ mode, paddingMode, alignCorners }, tap));
    cache.set(key, ops);
  }
  return ops;
}

function tapOps({ mode, paddingMode, alignCorners }: Required<GridSampleOptions>, tap: number): TapOps {
  const bring = (x: Expression, size: Expression): Expression => broughtInside(x, size, paddingMode, alignCorners);
  const position = (x: Expression, size: Expression): Expression => {
    const at = positionOf(x, size, alignCorners);
    // The cubic's neighbours are brought inside one by one, not the point itself.
    return mode === 'bicubic' ? at : bring(at, size);
  };
  const element = (at: Expression, size: Expression): Expression => {
    if (mode === 'nearest') return e.round(at);
    return mode === 'bilinear' ? e.add(e.floor(at), tap) : bring(e.add(e.floor(at), tap - 1), size);
  };
  return {
    index: pointwise('gridSample', (x: Expression, size: Expression) => {
      const found = element(position(x, size), size);
      return e.cast(e.min(e.max(found, 0), e.sub(size, 1)), 'int32');
    }),
    weight: pointwise('gridSample', (x: Expression, size: Expression) => {
      const at = position(x, size);
      const found = element(at, size);
      const inside = e.and(e.ge(found, 0), e.lt(found, size));
      return e.select(inside, weightOf(mode, tap, e.sub(at, e.floor(at))), 0);
    }),
  };
}

/** `t` is how far the point lies beyond the element before it. */
function weightOf(mode: Required<GridSampleOptions>['mode'], tap: number, t: Expression): Expression | number {
  if (mode === 'nearest') return e.add(e.mul(e.floor(t), 0), 1);
  if (mode === 'bilinear') return tap === 0 ? e.sub(1, t) : t;
  return cubicWeight(t, tap);
}

/** Elements count from 0 to size - 1. */
function positionOf(x: Expression, size: Expression, alignCorners: boolean): Expression {
  if (alignCorners) return e.mul(e.div(e.add(x, 1), 2), e.sub(size, 1));
  return e.div(e.sub(e.mul(e.add(x, 1), size), 1), 2);
}

function broughtInside(x: Expression, size: Expression, paddingMode: string, alignCorners: boolean): Expression {
  if (paddingMode === 'zeros') return x;
  const last = e.sub(size, 1);
  const within = paddingMode === 'border' ? x : alignCorners ? reflect(x, 0, last) : reflect(x, -0.5, size);
  // On the edge itself the gradient is 0 already.
  return e.select(e.le(within, 0), 0, e.select(e.ge(within, last), last, within));
}

/** Mirrored at `low` and `low + span`, as often as it takes. */
function reflect(x: Expression, low: number, span: Expression): Expression {
  const beyond = e.sub(x, low);
  const distance = e.select(e.lt(beyond, 0), e.neg(beyond), beyond);
  const rest = e.fmod(distance, span);
  const isEven = e.eq(e.mod(e.floor(e.div(distance, span)), 2), 0);
  const mirrored = e.add(e.select(isEven, rest, e.sub(span, rest)), low);
  return e.select(e.eq(span, 0), 0, mirrored);
}
