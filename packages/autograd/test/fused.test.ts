import { fromValues, manualSeed, randn, type Tensor, tensor } from '@gradus/tensor';
import * as F from '@gradus/tensor/functional';
import { beforeEach, describe, expect, test } from 'vitest';
import { grad, gradcheck, gradgradcheck } from '../src/index.ts';
import { vmap } from '../src/vmap/vmap.ts';
import './setup.ts';

/** An op that is one kernel, with its gradients in another: its inputs, and where `gradcheck` would meet a kink. */
interface FusedOp {
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly shapes: readonly (readonly number[])[];
}

const lowest = Number.NEGATIVE_INFINITY;
/** The last key is hidden from all, others from some. */
const floatMask = (): Tensor =>
  tensor([
    [0, 0.5, lowest],
    [lowest, 1, lowest],
    [0, -1, lowest],
  ]).double();
const boolMask = (): Tensor => floatMask().gt(-9);

const attention =
  (options: F.AttentionOptions) =>
  (q: Tensor, k: Tensor, v: Tensor): Tensor =>
    F.scaledDotProductAttention(q, k, v, options);

const heads = [
  [2, 3, 4],
  [2, 3, 4],
  [2, 3, 2],
];

const ops: Readonly<Record<string, FusedOp>> = {
  layerNorm: {
    call: (x, weight, bias) => F.layerNorm(x as Tensor, [2, 3], { weight, bias }),
    shapes: [
      [4, 2, 3],
      [2, 3],
      [2, 3],
    ],
  },
  'layerNorm without a bias': {
    call: (x, weight) => F.layerNorm(x as Tensor, [5], { weight }),
    shapes: [[3, 5], [5]],
  },
  'layerNorm of a vector': { call: (x) => F.layerNorm(x as Tensor, [5]), shapes: [[5]] },
  'layerNorm with a bias alone': { call: (x, bias) => F.layerNorm(x as Tensor, [5], { bias }), shapes: [[3, 5], [5]] },
  rmsNorm: { call: (x, weight) => F.rmsNorm(x as Tensor, [5], { weight }), shapes: [[3, 5], [5]] },
  batchNorm: {
    call: (x, weight, bias) => F.batchNorm(x as Tensor, { weight, bias, training: true }),
    shapes: [[3, 2, 2, 3], [2], [2]],
  },
  'batchNorm of features': {
    call: (x, weight, bias) => F.batchNorm(x as Tensor, { weight, bias, training: true }),
    shapes: [[4, 3], [3], [3]],
  },
  instanceNorm: {
    call: (x, weight, bias) => F.instanceNorm(x as Tensor, { weight, bias }),
    shapes: [[2, 3, 5], [3], [3]],
  },
  groupNorm: {
    call: (x, weight, bias) => F.groupNorm(x as Tensor, 2, { weight, bias }),
    shapes: [[2, 4, 3], [4], [4]],
  },
  attention: { call: attention({}), shapes: heads },
  'causal attention': { call: attention({ isCausal: true, scale: 0.7 }), shapes: heads },
  'attention with a bool mask': {
    call: (q, k, v) => attention({ mask: boolMask() })(q as Tensor, k as Tensor, v as Tensor),
    shapes: heads,
  },
  'attention with a float mask': {
    call: (q, k, v) => attention({ mask: floatMask() })(q as Tensor, k as Tensor, v as Tensor),
    shapes: heads,
  },
  'attention with a mask that learns': {
    call: (q, k, v, mask) =>
      F.scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor, { mask: mask as Tensor }),
    shapes: [...heads, [3, 3]],
  },
  'attention of one key for a batch': {
    call: attention({}),
    shapes: [
      [2, 2, 3, 4],
      [2, 1, 3, 4],
      [3, 2],
    ],
  },
  lstm: {
    call: (x, w, h, c) => Object.values(F.lstmSequence(x as Tensor, w as Tensor, h as Tensor, c as Tensor)),
    shapes: lstmShapes(3),
  },
  'lstm backwards': {
    call: (x, w, h, c) =>
      Object.values(F.lstmSequence(x as Tensor, w as Tensor, h as Tensor, c as Tensor, { reverse: true })),
    shapes: lstmShapes(3),
  },
  'lstm of one step': {
    call: (x, w, h, c) => F.lstmSequence(x as Tensor, w as Tensor, h as Tensor, c as Tensor).hidden,
    shapes: lstmShapes(1),
  },
};

function lstmShapes(steps: number): readonly (readonly number[])[] {
  return [
    [steps, 2, 8],
    [8, 2],
    [2, 2],
    [2, 2],
  ];
}

function leavesOf({ shapes }: FusedOp): Tensor[] {
  return shapes.map((shape) => randn(shape, { dtype: 'float64' }).setRequiresGrad());
}

beforeEach(() => {
  manualSeed(1);
});

describe.each(Object.entries(ops))('%s', (_, op) => {
  test('gradients, once and twice', async () => {
    const leaves = leavesOf(op);
    await gradcheck(op.call, leaves);
    await gradgradcheck(op.call, leaves);
  });

  test('the recorded backward pass gives what the kernel gives', async () => {
    const leaves = leavesOf(op);
    const outputs = [op.call(...leaves)].flat() as Tensor[];
    const gradOutputs = outputs.map((output) => randn(output.shape, { dtype: 'float64' }));
    const [once, recorded] = [false, true].map((createGraph) =>
      grad(outputs, leaves, { gradOutputs, createGraph, retainGraph: true }),
    ) as [Tensor[], Tensor[]];
    for (const [i, g] of once.entries()) {
      expect(
        await g
          .sub(recorded[i] as Tensor)
          .abs()
          .max()
          .item(),
      ).toBeLessThan(1e-12);
    }
  });

  test('under vmap, as example by example', async () => {
    const batches = op.shapes.map((shape) => randn([3, ...shape], { dtype: 'float64' }));
    const call = (...inputs: Tensor[]): Tensor => ([op.call(...inputs)].flat() as Tensor[])[0] as Tensor;
    const mapped = vmap(call)(...batches) as Tensor;
    for (let i = 0; i < 3; i++) {
      const single = call(...batches.map((batch) => batch.select(0, i)));
      expect(await mapped.select(0, i).sub(single).abs().max().item()).toBeLessThan(1e-12);
    }
  });

  test('only the gradients that are wanted', async () => {
    const leaves = leavesOf(op);
    const all = grad([op.call(...leaves)].flat() as Tensor[], leaves, {
      gradOutputs: onesLike(op, leaves),
    }) as Tensor[];
    for (const [k, leaf] of leaves.entries()) {
      const inputs = leaves.map((x, i) => (i === k ? leaf : x.detach()));
      const [one] = grad([op.call(...inputs)].flat() as Tensor[], [leaf], { gradOutputs: onesLike(op, leaves) });
      expect(await (one as Tensor).toArray()).toEqual(await (all[k] as Tensor).toArray());
    }
  });
});

function onesLike(op: FusedOp, leaves: readonly Tensor[]): Tensor[] {
  return ([op.call(...leaves)].flat() as Tensor[]).map(({ shape, size }) =>
    fromValues(new Float64Array(size).fill(1), shape, { dtype: 'float64' }),
  );
}

test('a query that sees no key gives NaN, as softmax does, and no other', async () => {
  const [q, k, v] = [1, 2, 3].map(() => randn([3, 4], { dtype: 'float64' }).setRequiresGrad()) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const mask = tensor([
    [true, true, false],
    [false, false, false],
    [true, true, true],
  ]);
  const output = F.scaledDotProductAttention(q, k, v, { mask });
  const { output: composed } = F.scaledDotProductAttentionWithWeights(q, k, v, { mask });
  expect(await output.isnan().toArray()).toEqual(await composed.isnan().toArray());
  expect(await output.isnan().all({ dim: 1 }).toArray()).toEqual([false, true, false]);
  const [ofQuery] = grad([output.sum()], [q]) as [Tensor];
  expect(await ofQuery.isnan().any({ dim: 1 }).toArray()).toEqual([false, true, false]);
});

test('NaN stays in its row', async () => {
  const x = tensor([
    [1, Number.NaN, 3],
    [1, 2, 3],
  ]).setRequiresGrad();
  const [g] = grad([F.layerNorm(x, [3]).square().sum()], [x]) as [Tensor];
  expect(await g.isnan().any({ dim: 1 }).toArray()).toEqual([true, false]);
});

test('no elements', async () => {
  const x = randn([0, 3]).setRequiresGrad();
  const weight = randn([3]).setRequiresGrad();
  const [ofX, ofWeight] = grad([F.layerNorm(x, [3], { weight }).sum()], [x, weight]) as [Tensor, Tensor];
  expect(ofX.shape).toEqual([0, 3]);
  expect(await ofWeight.toArray()).toEqual([0, 0, 0]);
  expect(F.scaledDotProductAttention(randn([2, 0, 4]), randn([2, 3, 4]), randn([2, 3, 5])).shape).toEqual([2, 0, 5]);
  const nothing = F.scaledDotProductAttention(randn([2, 4]), randn([0, 4]), randn([0, 5]));
  expect(await nothing.toArray()).toEqual([new Array(5).fill(0), new Array(5).fill(0)]);
});
