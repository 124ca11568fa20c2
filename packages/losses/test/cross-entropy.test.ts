import { grad, gradcheck, gradgradcheck } from '@gradus/autograd';
import { jvp, vmap } from '@gradus/autograd/functional';
import { type FusedKernel, type FusedName, HostBackend, use } from '@gradus/backend';
import { IndexError, type Shape } from '@gradus/storage';
import { manualSeed, randint, randn, type Tensor, tensor } from '@gradus/tensor';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CrossEntropyOptions, crossEntropy, type Reduction } from '../src/index.ts';
import { expectClose } from './close.ts';

beforeAll(() => use(new HostBackend('host')));
beforeEach(() => {
  manualSeed(1);
});

const float64 = { dtype: 'float64' } as const;
const reductions: readonly Reduction[] = ['none', 'sum', 'mean'];

interface Trial {
  readonly shape: Shape;
  readonly weighted: boolean;
  readonly options: CrossEntropyOptions;
}

/** Vectors, rows, images; every way to count. */
const trials: readonly Trial[] = [[5], [4, 3], [2, 3, 4], [2, 4, 3, 2]].flatMap((shape) =>
  reductions.flatMap((reduction) =>
    [false, true].flatMap((weighted) =>
      [0, 0.3].map((labelSmoothing) => {
        // A single target that is ignored would leave a mean of nothing.
        const ignoreIndex = shape.length === 1 ? -100 : 1;
        return { shape, weighted, options: { reduction, labelSmoothing, ignoreIndex } };
      }),
    ),
  ),
);

function nameOf({ shape, weighted, options }: Trial): string {
  return `[${shape}], ${options.reduction}${weighted ? ', weights' : ''}${options.labelSmoothing ? ', smoothing' : ''}`;
}

/** Logits, targets of which some are ignored, and the loss as a function of the logits. */
function given({ shape, weighted, options }: Trial): {
  x: Tensor;
  target: Tensor;
  weight: Tensor | null;
  loss: (x: Tensor) => Tensor;
} {
  const axis = shape.length === 1 ? 0 : 1;
  const classes = shape[axis] as number;
  const x = randn(shape, float64).setRequiresGrad();
  const target = randint(
    classes,
    shape.filter((_, i) => i !== axis),
  ).to('int32');
  const weight = weighted ? randn([classes], float64).abs().add(0.5) : null;
  return { x, target, weight, loss: (logits) => crossEntropy(logits, target, { ...options, weight }) };
}

/** The definition, number by number. */
function naive(trial: Trial, x: Tensor, target: Tensor, weight: Tensor | null): number[] {
  const { shape, options } = trial;
  const axis = shape.length === 1 ? 0 : 1;
  const classes = shape[axis] as number;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const [logits, targets] = [x.dataSync(), target.dataSync()];
  const weights = weight === null ? new Array<number>(classes).fill(1) : [...weight.dataSync()];
  const { labelSmoothing = 0 } = options;
  let counted = 0;
  const losses = Array.from(targets, (chosen, row) => {
    if (chosen === options.ignoreIndex) return 0;
    const start = Math.floor(row / inner) * classes * inner + (row % inner);
    const values = Array.from({ length: classes }, (_, c) => logits[start + c * inner] as number);
    const level = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
    counted += weights[chosen] as number;
    const own = (weights[chosen] as number) * (level - (values[chosen] as number));
    const all = values.reduce((sum, value, c) => sum + (weights[c] as number) * (level - value), 0);
    return (1 - labelSmoothing) * own + (labelSmoothing / classes) * all;
  });
  const sum = losses.reduce((a, b) => a + b, 0);
  return options.reduction === 'none' ? losses : [options.reduction === 'sum' ? sum : sum / counted];
}

describe.each(trials.map((trial) => [nameOf(trial), trial] as const))('%s', (_, trial) => {
  test('is its definition', () => {
    const { x, target, weight, loss } = given(trial);
    expectClose(loss(x), naive(trial, x, target, weight));
  });

  test('has the gradients that it should, once and twice, and recorded the same', async () => {
    const { x, loss } = given(trial);
    await gradcheck(loss, [x]);
    await gradgradcheck(loss, [x]);
    const output = loss(x);
    const gradOutputs = [randn(output.shape, float64)];
    const [once, recorded] = [false, true].map((createGraph) => {
      return grad([output], [x], { gradOutputs, createGraph, retainGraph: true })[0];
    }) as [Tensor, Tensor];
    expectClose(once, [...recorded.dataSync()]);
  });
});

test('vmap, also over gradients, gives what examples give one by one', () => {
  const options = { reduction: 'mean', labelSmoothing: 0.1, ignoreIndex: 2 } as const;
  const [xs, targets] = [randn([3, 4, 5], float64), randint(5, [3, 4]).to('int32')];
  const lossOf = (x: Tensor, target: Tensor): Tensor => crossEntropy(x, target, options);
  const gradientOf = (x: Tensor, target: Tensor): Tensor => {
    const leaf = x.detach().setRequiresGrad();
    return grad(lossOf(leaf, target), leaf)[0] as Tensor;
  };
  for (const f of [lossOf, gradientOf]) {
    const batched = vmap(f)(xs, targets) as Tensor;
    const oneByOne = [0, 1, 2].flatMap((i) => [...f(xs.select(0, i), targets.select(0, i)).dataSync()]);
    expectClose(batched, oneByOne);
  }
});

test('forward mode gives the inner product with the gradient', () => {
  const [x, target, tangent] = [randn([4, 5], float64), randint(5, [4]).to('int32'), randn([4, 5], float64)];
  const { tangents } = jvp((logits: Tensor) => crossEntropy(logits, target), x, tangent);
  const leaf = x.detach().setRequiresGrad();
  const [gradient] = grad(crossEntropy(leaf, target), leaf) as [Tensor];
  expectClose(tangents, [...gradient.mul(tangent).sum().dataSync()]);
});

test('weights that want a gradient get it', async () => {
  const [x, weight] = [randn([4, 3], float64).setRequiresGrad(), randn([3], float64).exp().detach().setRequiresGrad()];
  const target = tensor([0, 2, -100, 1], { dtype: 'int32' });
  await gradcheck((logits, w) => crossEntropy(logits as Tensor, target, { weight: w as Tensor }), [x, weight]);
});

test('logits of -Infinity are classes that cannot be, and matter where one of them is the target', () => {
  const low = Number.NEGATIVE_INFINITY;
  const x = tensor([[low, 0, 0, low]], { ...float64, requiresGrad: true });
  for (const target of [tensor([1], { dtype: 'int32' }), tensor([1], { dtype: 'uint8' })]) {
    const loss = crossEntropy(x, target);
    expectClose(loss, [Math.log(2)]);
    expectClose(grad(loss, x)[0] as Tensor, [0, -0.5, 0.5, 0]);
  }
  expectClose(crossEntropy(x, tensor([3], { dtype: 'int32' })), [Number.POSITIVE_INFINITY]);
  const batched = vmap((logits: Tensor) => crossEntropy(logits, tensor([1], { dtype: 'int32' })))(x.unsqueeze(0));
  expectClose(batched as Tensor, [Math.log(2)]);
});

test('what is no class is an IndexError, on every path', () => {
  const x = randn([2, 3]);
  const target = tensor([1, 3], { dtype: 'int32' });
  expect(() => crossEntropy(x, target)).toThrow(IndexError);
  expect(() => crossEntropy(x.to('float16'), target)).toThrow(IndexError);
  expect(() => vmap((logits: Tensor) => crossEntropy(logits, target))(x.unsqueeze(0))).toThrow(IndexError);
});

test('nothing is a loss of nothing', () => {
  const [x, target] = [randn([0, 3], float64), randint(3, [0]).to('int32')];
  expectClose(crossEntropy(x, target, { reduction: 'sum' }), [0]);
  expectClose(crossEntropy(x, target), [Number.NaN]);
});

test('a backend with the kernels is given them, and nothing else', () => {
  const launched: string[] = [];
  class Fused extends HostBackend {
    override supports(name: FusedName): boolean {
      return name === 'crossEntropy' || name === 'crossEntropyBackward' || super.supports(name);
    }

    override fused(kernel: FusedKernel): void {
      launched.push(kernel.name);
      super.fused(kernel);
    }
  }
  const backend = new Fused('fused');
  const x = randn([4, 3], { backend }).setRequiresGrad();
  const loss = crossEntropy(x, randint(3, [4], { backend }).to('int32'));
  expect(launched).toEqual(['crossEntropy']);
  loss.backward();
  expect(launched).toEqual(['crossEntropy', 'crossEntropyBackward']);
});
