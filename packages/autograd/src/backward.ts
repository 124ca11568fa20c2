import { ArgumentError, AutogradError, formatShape, sameShape } from '@gradus/storage';
import { type BackwardOptions, onesLike, type Tensor, to, zerosLike } from '@gradus/tensor';
import { accumulate } from './accumulate-node.ts';
import { batching, requireBatching } from './batching.ts';
import { edgeOf } from './edges.ts';
import { run } from './engine.ts';
import { withGradMode } from './mode.ts';
import type { Edge } from './node.ts';

/**
 * Accumulates the gradients of `root` in the `grad` of every leaf below it, or of `inputs` only.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.backward.html
 */
export function backward(root: Tensor, options: BackwardOptions = {}): void {
  const { createGraph = false, retainGraph = createGraph, inputs } = options;
  if (inputs?.length === 0) throw new ArgumentError('backward: inputs is empty; leave it out for all leaves');
  if (batching?.isBatched([root])) {
    throw new AutogradError('backward: not inside vmap; take gradients by gradOf, vjp or grad(outputs, inputs) there');
  }
  const targets = inputs === undefined ? null : inputs.map((x) => requireEdge('backward', x));
  const start = rootOf('backward', root, options.gradient ?? null);
  const captured = run({ roots: [start], createGraph, retainGraph, targets, accumulate: true });
  // Leaves have accumulated already.
  withGradMode(createGraph, 'backward', () => {
    captured.forEach((gradient, i) => {
      if (gradient !== null) accumulate((inputs as readonly Tensor[])[i] as Tensor, gradient);
    });
  });
  releaseDefaults([start], createGraph);
}

/** Options of `grad`. */
export interface GradOptions {
  /** Per output dL/d(output); null, or all left out, for outputs of one element. */
  readonly gradOutputs?: Tensor | readonly (Tensor | null)[];
  /** Keep saved tensors, so that the graph can be used again. Defaults to `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the pass too, so that the gradients can be differentiated. */
  readonly createGraph?: boolean;
  /** Give null for inputs that the outputs don't depend on, instead of an error. */
  readonly allowUnused?: boolean;
  /** Give zeros for inputs that the outputs don't depend on. */
  readonly materializeGrads?: boolean;
  /** gradOutputs have one more axis in front, and so have the gradients: many passes at once, by vmap. */
  readonly isGradsBatched?: boolean;
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
  const [from, to] = [list(outputs), list(inputs)];
  if (options.isGradsBatched) return requireBatching('grad: isGradsBatched').gradOfMany(from, to, options);
  if (batching?.isBatched([...from, ...to])) return batching.grad(from, to, options);
  const { createGraph = false, retainGraph = createGraph, materializeGrads = false } = options;
  const { allowUnused = materializeGrads } = options;
  const targets = to.map((x) => requireEdge('grad', x));
  const given = list(options.gradOutputs ?? []);
  if (given.length > 0 && given.length !== from.length) {
    throw new ArgumentError(`grad: ${given.length} gradOutputs for ${from.length} outputs`);
  }
  const roots = from.map((output, i) => rootOf('grad', output, given[i] ?? null));
  const gradients = run({ roots, createGraph, retainGraph, targets, accumulate: false });
  releaseDefaults(roots, createGraph);
  const unused = gradients.indexOf(null);
  if (unused >= 0 && !allowUnused) {
    throw new AutogradError(
      `grad: the outputs don't depend on input ${unused}; pass allowUnused: true to get null for it`,
    );
  }
  return gradients.map((gradient, i) => gradient ?? (materializeGrads ? zerosLike(to[i] as Tensor) : null));
}

interface Root {
  readonly edge: Edge;
  readonly gradient: Tensor;
  /** Whether the gradient was made here: the default of 1, or a conversion. */
  readonly isOwn: boolean;
}

/** In a recorded pass it may have become part of a graph, or of the result. */
function releaseDefaults(roots: readonly Root[], createGraph: boolean): void {
  if (!createGraph) for (const { gradient, isOwn } of roots) if (isOwn) gradient.dispose();
}

function rootOf(op: string, output: Tensor, given: Tensor | null): Root {
  const edge = requireEdge(op, output);
  if (given !== null && !sameShape(given.shape, output.shape)) {
    throw new AutogradError(
      `${op}: the gradient has shape ${formatShape(given.shape)}, but the tensor has ${formatShape(output.shape)}`,
    );
  }
  if (given === null && output.size !== 1) {
    throw new AutogradError(
      `${op}: a tensor of shape ${formatShape(output.shape)} needs a gradient; only one element has 1 as its default`,
    );
  }
  const gradient = given === null ? onesLike(output) : to(given, output.dtype);
  return { edge, gradient, isOwn: gradient !== given };
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

function list<T>(tensors: T | readonly T[]): readonly T[] {
  return Array.isArray(tensors) ? tensors : [tensors as T];
}
