import { arange, cat, randn, stack } from '@gradus/gradus';

/** Points on two spirals, and which of them each lies on. */
export function spirals(count = 200) {
  const way = arange(count).div(count);
  const [turn, radius] = [way.mul(3 * Math.PI), way.mul(0.9).add(0.1)];
  const arm = stack([turn.cos().mul(radius), turn.sin().mul(radius)], { dim: 1 });
  const points = cat([arm, arm.neg()]).add(randn([2 * count, 2]).mul(0.02));
  return {
    points,
    labels: arange(2 * count)
      .ge(count)
      .int(),
  };
}
