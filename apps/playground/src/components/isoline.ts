import { contours } from 'd3-contour';

/** Values of a function on a grid, rows from the top: the first lies at 0.5, 0.5, its neighbours 1 away. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

/** Paths of an SVG. */
export interface Isoline {
  /** Where the function has the value; open where it leaves the grid. */
  readonly line: string;
  /** Where it is above. */
  readonly area: string;
}

type Point = readonly number[];

/** Where a function has the value `level`. */
export function isoline({ width, height, values }: Grid, level: number): Isoline {
  const { coordinates } = contours()
    .size([width, height])
    .contour(values as number[], level);
  const rings: readonly Point[][] = coordinates.flat();
  // Beyond the grid, a ring runs along its edge to close itself; the function says nothing there.
  const isInside = ([x = 0, y = 0]: Point): boolean =>
    Math.abs(2 * x - width) <= width - 1 && Math.abs(2 * y - height) <= height - 1;
  return {
    line: rings.map((ring) => path(ring, isInside)).join(''),
    area: rings.map((ring) => path(ring, () => true)).join(''),
  };
}

/** Lines from point to point where both are wanted. */
function path(ring: readonly Point[], isWanted: (point: Point) => boolean): string {
  let pen = 'M';
  let text = '';
  for (const point of ring) {
    const wanted = isWanted(point);
    if (wanted) text += `${pen}${point.map((value) => value.toFixed(2)).join()}`;
    pen = wanted ? 'L' : 'M';
  }
  return text;
}
