import { AutogradError, formatShape, sameShape } from '@gradus/storage';
import { type GradientHook, keep, type Tensor } from '@gradus/tensor';
import type { Gradients } from './node.ts';

/** Runs a node between other code; `escape` marks gradients that user code has seen, and may keep. */
export type Around = (
  run: (gradOutputs: Gradients) => Gradients,
  gradOutputs: Gradients,
  escape: (gradients: Gradients) => Gradients,
) => Gradients;

/** What user code wants to see and change at one node. */
export class NodeHooks {
  /** Set where the node itself has hooks: see `gradFn`. */
  around: Around | null = null;
  readonly #ofTensors = new Map<number, Set<GradientHook>>();
  /** Per output the tensor that keeps its gradient. */
  readonly #retaining = new Map<number, Tensor>();

  addTensorHook(index: number, hook: GradientHook): () => void {
    const hooks = this.#ofTensors.get(index) ?? new Set();
    // A hook that is registered twice runs twice.
    const own: GradientHook = (grad) => hook(grad);
    this.#ofTensors.set(index, hooks.add(own));
    return () => hooks.delete(own);
  }

  retain(index: number, x: Tensor): void {
    this.#retaining.set(index, x);
  }

  /** Takes back what `retain` asked for; whether there was anything. */
  stopRetaining(index: number): boolean {
    return this.#retaining.delete(index);
  }

  /** Runs the hooks of one output's gradient, in the order of their registration; it is retained as they leave it. */
  runTensorHooks(index: number, gradient: Tensor, escaped: Set<Tensor>): Tensor {
    let result = gradient;
    for (const hook of this.#ofTensors.get(index) ?? []) {
      escaped.add(result);
      result = replacement(result, hook(result));
      escaped.add(result);
    }
    const x = this.#retaining.get(index);
    if (x !== undefined) {
      escaped.add(result);
      x.grad = keep(x.grad === null ? result : x.grad.add(result));
    }
    return result;
  }
}

function replacement(gradient: Tensor, given: Tensor | undefined): Tensor {
  if (!given) return gradient;
  if (given.dtype === gradient.dtype && sameShape(given.shape, gradient.shape)) return given;
  throw new AutogradError(
    `registerHook: the hook turned a gradient of ${gradient.dtype} ${formatShape(gradient.shape)} into one of ` +
      `${given.dtype} ${formatShape(given.shape)}; it must keep both`,
  );
}
