import { AutogradError, formatShape, sameShape } from '@gradus/storage';
import { type BackwardOptions, onesLike, type Tensor } from '@gradus/tensor';
import { edgeOf } from './edges.ts';
import { run } from './engine.ts';
import type { Edge } from './node.ts';

/**
 * Accumulates the gradients of `root` in the `grad` of every leaf below it, or of `inputs` only.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.backward.html
 */
export function backward(root: Tensor, options: BackwardOptions = {}): void {
  const { createGraph = false, retainGraph = createGraph, inputs } = options;
  const targets = inputs === undefined ? null : inputs.map((x) => requireEdge('backward', x));
  const start = rootOf(root, options.gradient ?? null);
  run({ roots: [start], createGraph, retainGraph, targets, accumulate: true });
  releaseDefaults([start], createGraph);
}

/** Options of `grad`. */
export interface GradOptions {
  /** Per output dL/d(output); null, or all left out, for outputs of one element. */
  readonly gradOutputs?: readonly (Tensor | null)[];
  /** Keep saved tensors, so that the graph can be used again. Defaults to `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the pass too, so that the gradients can be differentiated. */
  readonly createGraph?: boolean;
  /** Give null for inputs that the outputs don't depend on, instead of an error. */
  readonly allowUnused?: boolean;
}

/**
 * The gradients of the sum of outputs with respect to inputs, without touching any `grad`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad.html
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const { createGraph = false, retainGraph = createGraph, allowUnused = false, gradOutputs = [] } = options;
  const [from, to] = [list(outputs), list(inputs)];
  const targets = to.map((x) => requireEdge('grad', x));
  const roots = from.map((output, i) => rootOf(output, gradOutputs[i] ?? null));
  const gradients = run({ roots, createGraph, retainGraph, targets, accumulate: false });
  releaseDefaults(roots, createGraph);
  const unused = gradients.indexOf(null);
  if (unused >= 0 && !allowUnused) {
    throw new AutogradError(
      `grad: the outputs don't depend on input ${unused}; pass allowUnused: true to get null for it`,
    );
  }
  return [...gradients];
}

interface Root {
  readonly edge: Edge;
  readonly gradient: Tensor;
  /** Whether the gradient is the default of 1, made here. */
  readonly isDefault: boolean;
}

/** In a recorded pass the default may have become part of a graph, or of the result. */
function releaseDefaults(roots: readonly Root[], createGraph: boolean): void {
  if (!createGraph) for (const { gradient, isDefault } of roots) if (isDefault) gradient.dispose();
}

function rootOf(output: Tensor, given: Tensor | null): Root {
  const edge = requireEdge('backward', output);
  if (given !== null && !sameShape(given.shape, output.shape)) {
    throw new AutogradError(
      `backward: the gradient has shape ${formatShape(given.shape)}, but the tensor has ${formatShape(output.shape)}`,
    );
  }
  if (given === null && output.size !== 1) {
    throw new AutogradError(
      `backward: a tensor of shape ${formatShape(output.shape)} needs a gradient; only one element has 1 as its default`,
    );
  }
  return { edge, gradient: given ?? onesLike(output), isDefault: given === null };
}

function requireEdge(op: string, x: Tensor): Edge {
  const edge = edgeOf(x);
  if (edge === null) {
    throw new AutogradError(
      `${op}: a tensor of shape ${formatShape(x.shape)} does not require grad and has no history`,
    );
  }
  return edge;
}

function list(tensors: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors as Tensor];
}
