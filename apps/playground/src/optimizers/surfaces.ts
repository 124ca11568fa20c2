import type { Tensor } from '@gradus/tensor';

export type Place = readonly [x: number, y: number];

/** A loss of two parameters. */
export interface Surface {
  readonly label: string;
  /** What makes it hard, in a sentence. */
  readonly story: string;
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
  readonly start: Place;
  readonly minima: readonly Place[];
  /** A learning rate at which plain gradient descent neither crawls nor bursts. */
  readonly rate: number;
  /** How much denser the contour lines lie where the loss is low. */
  readonly density: number;
  /** Elementwise, on tensors of any one shape. */
  readonly loss: (x: Tensor, y: Tensor) => Tensor;
}

export type SurfaceName = 'rosenbrock' | 'beale' | 'himmelblau' | 'saddle';

/** @see https://en.wikipedia.org/wiki/Test_functions_for_optimization */
export const surfaces: Readonly<Record<SurfaceName, Surface>> = {
  rosenbrock: {
    label: 'Rosenbrock’s valley',
    story:
      'The valley is found at once, but its floor hardly descends: whoever follows the steepest slope bounces between the walls.',
    x: [-2, 2],
    y: [-1, 3],
    start: [-1.5, 2.5],
    minima: [[1, 1]],
    rate: 0.0005,
    density: 5,
    loss: (x, y) => x.neg().add(1).square().add(y.sub(x.square()).square().mul(100)),
  },
  beale: {
    label: 'Beale’s plateau',
    story:
      'Flat ground between steep corners: small gradients make plain descent crawl, and adaptive steps cross quickly.',
    x: [-1.5, 4.5],
    y: [-2, 2],
    start: [1, 1.5],
    minima: [[3, 0.5]],
    rate: 0.005,
    density: 5,
    loss: (x, y) => {
      const part = (constant: number, power: number): Tensor => x.mul(y.pow(power).sub(1)).add(constant).square();
      return part(1.5, 1).add(part(2.25, 2)).add(part(2.625, 3));
    },
  },
  himmelblau: {
    label: 'Himmelblau’s four valleys',
    story:
      'Four minima are equally deep: where a run ends depends on how it began, and on how far momentum carries it.',
    x: [-5, 5],
    y: [-5, 5],
    start: [-0.2, -0.8],
    minima: [
      [3, 2],
      [-2.805118, 3.131312],
      [-3.77931, -3.283186],
      [3.584428, -1.848126],
    ],
    rate: 0.005,
    density: 3,
    loss: (x, y) => x.square().add(y).sub(11).square().add(x.add(y.square()).sub(7).square()),
  },
  saddle: {
    label: 'A saddle',
    story: 'On the saddle the slope vanishes without a minimum: what divides by the gradient’s size leaves it first.',
    x: [-2.5, 2.5],
    y: [-2, 2],
    start: [-2, 0.005],
    minima: [
      [0, Math.SQRT2],
      [0, -Math.SQRT2],
    ],
    rate: 0.05,
    density: 1.5,
    loss: (x, y) => x.square().sub(y.square()).add(y.pow(4).div(4)),
  },
};
