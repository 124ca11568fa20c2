import { isFloat } from '@gradus/storage';
import { flip, fromValues, permute, slice, type Tensor } from '@gradus/tensor';
import { expect } from 'vitest';
import { type GradcheckOptions, grad, gradcheck, gradgradcheck } from '../../src/index.ts';

/** A float64 input: its shape, and the interval that its values are from. */
export interface Operand {
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** An op as a function of differentiable inputs. */
export interface GradientCase {
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly operands: readonly Operand[];
  /** false where second derivatives are not defined or not to be had from differences. */
  readonly twice?: boolean;
  /** false where equal elements are a kink: the inputs are not expanded then. */
  readonly ties?: boolean;
  readonly tolerance?: GradcheckOptions;
}

/** Cases by the name that the op is exported under. */
export type GradientTable = Readonly<Record<string, readonly GradientCase[]>>;

type Rest = Omit<GradientCase, 'call' | 'operands'>;

/** An operand of distinct values in (low, high). */
export function of(shape: readonly number[], low = -1, high = 1): Operand {
  return { shape, low, high };
}

/** One case. */
export function check(call: GradientCase['call'], operands: readonly Operand[], rest: Rest = {}): GradientCase {
  return { call, operands, ...rest };
}

/** Where an input's elements lie in memory. */
export const placements = ['contiguous', 'strided', 'expanded'] as const;
export type Placement = (typeof placements)[number];

/** Compares first (and, for contiguous inputs, second) derivatives of a case with differences, for one placement. */
export async function assertGradients(gradientCase: GradientCase, placement: Placement): Promise<void> {
  const { call, operands, twice = true, ties = true, tolerance = {} } = gradientCase;
  if (placement === 'expanded' && !ties) return;
  const leaves = operands.map((operand, i) => leafOf(operand, i + 1, placement));
  const fn = (...inputs: Tensor[]): Tensor | readonly Tensor[] =>
    call(...inputs.map((x, i) => placed(x, (operands[i] as Operand).shape, placement)));
  await assertShapes(fn, leaves);
  await gradcheck(fn, leaves, tolerance);
  if (twice && placement === 'contiguous') await gradgradcheck(fn, leaves, tolerance);
}

/** Gradients have the shape and dtype of what they are the gradients of: also where there are no elements to compare. */
async function assertShapes(fn: GradientCase['call'], leaves: readonly Tensor[]): Promise<void> {
  const outputs = [fn(...leaves)].flat() as Tensor[];
  const differentiable = outputs.filter((output) => isFloat(output.dtype) && output.requiresGrad);
  if (differentiable.length === 0) return;
  const gradOutputs = differentiable.map((output) =>
    fromValues(new Float64Array(output.size).fill(1), output.shape, { dtype: output.dtype }),
  );
  for (const [i, g] of grad(differentiable, leaves, { gradOutputs, allowUnused: true }).entries()) {
    if (g !== null) expect([g.shape, g.dtype]).toEqual([(leaves[i] as Tensor).shape, 'float64']);
  }
}

/** The leaf below an operand: larger, turned or shorter, so that `placed` makes the operand's shape of it. */
function leafOf({ shape, low, high }: Operand, seed: number, placement: Placement): Tensor {
  const [first = 1, ...others] = shape;
  const below = {
    contiguous: shape,
    strided: [...others.reverse(), 2 * first],
    expanded: [Math.min(first, 1), ...shape.slice(1)],
  };
  const base = shape.length === 0 ? [] : below[placement];
  return valuesOf({ shape, low, high }, base, seed).setRequiresGrad();
}

/** Distinct values from an operand's interval, in any shape. */
export function valuesOf({ low, high }: Operand, shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromValues(spread(size, low, high, seed), shape, { dtype: 'float64' });
}

/** Distinct values in an irregular order, an even distance apart, never at the interval's ends or its middle. */
function spread(size: number, low: number, high: number, seed: number): Float64Array {
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => noise(a, seed) - noise(b, seed));
  return Float64Array.from(order, (rank) => low + ((rank + 0.31 + 0.05 * seed) / size) * (high - low));
}

function noise(i: number, seed: number): number {
  return Math.sin(seed * 12.9898 + (i + 1) * 78.233);
}

/** The operand as a view of its leaf: transposed, every other slice, last axis backwards; or one slice repeated. */
function placed(x: Tensor, shape: readonly number[], placement: Placement): Tensor {
  if (placement === 'contiguous' || shape.length === 0) return x;
  if (placement === 'expanded') return x.expand(shape);
  const turned = permute(
    x,
    shape.map((_, axis) => shape.length - 1 - axis),
  );
  return flip(slice(turned, 0, 0, Number.POSITIVE_INFINITY, 2), -1);
}
