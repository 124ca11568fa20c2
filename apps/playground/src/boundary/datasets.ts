/** A point of the plane, about -1 to 1 on both axes, and its class. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: 0 | 1;
}

/** Draws points: `t` runs through [0, 1) within each class. */
type Shape = (t: number, label: 0 | 1) => readonly [x: number, y: number];

const turn = 2 * Math.PI;

export type DatasetName = 'moons' | 'circles' | 'spirals' | 'xor';

const shapes: Readonly<Record<DatasetName, Shape>> = {
  moons: (t, label) => {
    const [x, y] = [Math.cos(Math.PI * t), Math.sin(Math.PI * t)];
    return label === 0 ? [0.55 * x - 0.28, 0.7 * y - 0.25] : [0.28 - 0.55 * x, 0.25 - 0.7 * y];
  },
  circles: (t, label) => {
    const radius = label === 0 ? 0.35 : 0.8;
    return [radius * Math.cos(turn * t), radius * Math.sin(turn * t)];
  },
  spirals: (t, label) => {
    const [angle, radius] = [1.5 * turn * t + Math.PI * label, 0.1 + 0.75 * t];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
  xor: (t, label) => {
    // Multiples of an irrational number fill the squares evenly.
    const [u, v] = [(2 * t) % 1, (100 * t * Math.SQRT2) % 1];
    const [x, y] = [0.12 + 0.68 * u, 0.12 + 0.68 * v];
    const isLeft = t < 0.5;
    return [isLeft ? -x : x, isLeft === (label === 0) ? -y : y];
  },
};

/** The two classes of a data set, `count` points each, with normal noise of standard deviation `noise`. */
export function makePoints(name: DatasetName, count: number, noise: number): Point[] {
  return ([0, 1] as const).flatMap((label) =>
    Array.from({ length: count }, (_, i) => {
      const [x, y] = shapes[name](i / count, label);
      return { x: x + noise * normal(), y: y + noise * normal(), label };
    }),
  );
}

/** Box and Muller's way. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(turn * Math.random());
}
