import type { Tensor } from '@gradus/tensor';

/** An algorithm that reads tensors of one element on its way: whoever runs it waits for them, or reads them at once. */
export type Reading<T> = Generator<readonly Tensor[], T, readonly number[]>;

/** A point along the direction: how far it is, the loss, its slope in the direction, and the gradient there. */
export interface Point {
  readonly t: number;
  readonly loss: number;
  readonly slope: number;
  readonly grad: Tensor;
}

type Pair = readonly [Point, Point];

const sufficientDecrease = 1e-4;
const curvature = 0.9;
const maxSearch = 25;

/** What a line search found, and how many points it looked at. */
export interface Found {
  readonly point: Point;
  readonly evaluations: number;
}

/**
 * Looks along a direction for a point that satisfies the strong Wolfe conditions: a loss low enough and a slope flat enough
 * (Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6).
 *
 * @param evaluate gives the point at a distance from the start.
 * @param first the distance to try first.
 * @param extent the direction's largest magnitude.
 */
export function* strongWolfe(
  evaluate: (t: number) => Reading<Point>,
  start: Point,
  first: number,
  extent: Tensor,
  toleranceChange: number,
): Reading<Found> {
  const seen: Point[] = [];
  function* look(t: number): Reading<Point> {
    const point = yield* evaluate(t);
    seen.push(point);
    return point;
  }
  const bracket = yield* findBracket(look, start, first);
  const point =
    'grad' in bracket ? bracket : yield* zoom(look, start, bracket, extent, toleranceChange, () => seen.length);
  for (const other of seen) if (other !== point) other.grad.dispose();
  return { point, evaluations: seen.length };
}

function tooHigh({ t, loss }: Point, start: Point): boolean {
  return loss > start.loss + sufficientDecrease * t * start.slope;
}

function isFlat({ slope }: Point, start: Point): boolean {
  return Math.abs(slope) <= -curvature * start.slope;
}

/** Goes on until two points have a good one between them, or one is good itself. */
function* findBracket(look: (t: number) => Reading<Point>, start: Point, first: number): Reading<Pair | Point> {
  let previous = start;
  let point = yield* look(first);
  for (let i = 0; i < maxSearch; i++) {
    if (tooHigh(point, start) || (i > 1 && point.loss >= previous.loss)) return [previous, point];
    if (isFlat(point, start)) return point;
    if (point.slope >= 0) return [previous, point];
    const bounds = [point.t + 0.01 * (point.t - previous.t), point.t * 10] as const;
    const t = interpolated(previous, point, bounds);
    previous = point;
    point = yield* look(t);
  }
  return [start, point];
}

/** Narrows the bracket down to a good point. */
function* zoom(
  look: (t: number) => Reading<Point>,
  start: Point,
  bracket: Pair,
  extent: Tensor,
  toleranceChange: number,
  evaluations: () => number,
): Reading<Point> {
  const [size = 0] = yield [extent];
  const ends: [Point, Point] = [...bracket];
  let low = lowest(ends);
  let isStalling = false;
  while (evaluations() <= maxSearch) {
    const [a, b] = ends;
    if (Math.abs(b.t - a.t) * size < toleranceChange) break;
    const trial = guarded(interpolated(a, b), a, b, isStalling);
    isStalling = trial.isStalling;
    const point = yield* look(trial.t);
    const high = low === 0 ? 1 : 0;
    if (tooHigh(point, start) || point.loss >= ends[low].loss) {
      ends[high] = point;
      low = lowest(ends);
      continue;
    }
    const isDone = isFlat(point, start);
    if (!isDone && point.slope * (ends[high].t - ends[low].t) >= 0) ends[high] = ends[low];
    ends[low] = point;
    if (isDone) break;
  }
  return ends[low];
}

function lowest([a, b]: Pair): 0 | 1 {
  return a.loss <= b.loss ? 0 : 1;
}

/** Moves a trial that is close to an end of the bracket away from it, unless that happens for the first time. */
function guarded(t: number, { t: a }: Point, { t: b }: Point, isStalling: boolean): { t: number; isStalling: boolean } {
  const [lowest, highest] = [Math.min(a, b), Math.max(a, b)];
  const margin = 0.1 * (highest - lowest);
  if (!(Math.min(highest - t, t - lowest) < margin)) return { t, isStalling: false };
  if (!isStalling && t < highest && t > lowest) return { t, isStalling: true };
  const isNearEnd = Math.abs(t - highest) < Math.abs(t - lowest);
  return { t: isNearEnd ? highest - margin : lowest + margin, isStalling: false };
}

/** The minimum of the cubic through two points and their slopes, or the middle where it has none. */
function interpolated(a: Point, b: Point, bounds?: readonly [number, number]): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const [lowest, highest] = bounds ?? [left.t, right.t];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (lowest + highest) / 2;
  const d2 = Math.sqrt(square);
  const minimum = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(minimum, lowest), highest);
}
