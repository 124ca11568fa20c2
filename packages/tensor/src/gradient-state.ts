import type { Tensor } from './tensor.ts';

/**
 * What automatic differentiation keeps at a tensor. Created when it first matters; `node` and what it means belong to
 * the recorder.
 */
export class GradientState {
  /** Set by the user, on leaves. */
  requiresGrad = false;
  grad: Tensor | null = null;
  /** The recorded operation that made the tensor; null for leaves. */
  node: unknown = null;
  /** Which output of `node` the tensor is. */
  outputIndex = 0;
  /** Belongs to the recorder: what accumulates the leaf's gradient. */
  accumulator: unknown = null;
  /** Counts recorded in-place writes to the tensor or a view of it, so that older views know to renew their node. */
  writes = 0;
}
