import { grad } from '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ShapeError } from '@gradus/storage';
import { arange, logSoftmax, type Tensor, tensor } from '@gradus/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { ctcLoss, type Reduction } from '../src/index.ts';
import { expectClose } from './close.ts';

// Expected numbers are PyTorch 1.13.1's.

await use(new HostBackend('host'));

const float64 = { dtype: 'float64' } as const;
const none = { reduction: 'none' } as const;
const integers = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });

describe('ctcLoss', () => {
  const logits = (): Tensor => arange(0, 24, 1, float64).reshape([4, 2, 3]).sin().mul(2);
  const targets = integers([
    [1, 2],
    [1, 1],
  ]);
  let scores: Tensor;

  beforeEach(() => {
    scores = logSoftmax(logits(), 2);
  });

  test.each<[Reduction, readonly number[]]>([
    ['none', [1.165553107475097, 4.281229154456081]],
    ['mean', [1.3616955654827947]],
    ['sum', [5.446782261931179]],
  ])('%s', (reduction, expected) => {
    expectClose(ctcLoss(scores, targets, [4, 3], [2, 2], { reduction }), expected);
    expectClose(ctcLoss(scores, targets, integers([4, 3]), integers([2, 2]), { reduction }), expected);
  });

  test('of targets one after another, and of one sequence', () => {
    expectClose(ctcLoss(scores, integers([1, 2, 1]), [4, 3], [2, 1], none), [1.165553107475097, 1.2672096092467735]);
    expectClose(ctcLoss(scores.select(1, 0), integers([1, 2]), [4], [2]), [0.5827765537375486]);
  });

  test('is infinite where the input is too short, or 0', () => {
    expectClose(ctcLoss(scores, targets, [4, 2], [2, 2], none), [1.165553107475097, Infinity]);
    expectClose(ctcLoss(scores, targets, [4, 2], [2, 2], { ...none, zeroInfinity: true }), [1.165553107475097, 0]);
  });

  test('has the gradient of the logits', () => {
    const leaf = logits().detach();
    leaf.requiresGrad = true;
    const [gradient] = grad(ctcLoss(logSoftmax(leaf, 2), targets, [4, 3], [2, 2]), [leaf]) as [Tensor];
    const expected = [
      0.002438418369815669, -0.1252644441692207, 0.12282602579940502, 0.0010197153868929214, -0.02713215396802274,
      0.02611243858112982, 0.004316900419412631, 0.03329120796877376, -0.03760810838818638, -0.0006943013029917541,
      0.043362273619177535, -0.042667972316185784,
    ];
    expectClose(gradient.select(1, 0).reshape([-1]), expected);
  });

  test('refuses lengths of another batch', () => {
    expect(() => ctcLoss(scores, targets, [4], [2, 2])).toThrow(ShapeError);
    expect(() => ctcLoss(tensor([1], float64), targets, [4], [2])).toThrow(ShapeError);
  });
});
