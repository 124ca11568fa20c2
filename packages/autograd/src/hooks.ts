import { AutogradError, formatShape, sameShape } from '@gradus/storage';
import { type GradientHook, keep, type Tensor } from '@gradus/tensor';
import type { Gradients } from './node.ts';

/** Before a node runs: sees the gradients of its outputs, and may give others. */
export type NodePrehook = (gradOutputs: Gradients) => Gradients | undefined;

/** After a node has run: sees the gradients of its inputs and of its outputs, and may give others for its inputs. */
export type NodeHook = (gradInputs: Gradients, gradOutputs: Gradients) => Gradients | undefined;

/** What user code wants to see and change at one node. */
export class NodeHooks {
  readonly before: Set<NodePrehook> = new Set();
  readonly after: Set<NodeHook> = new Set();
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
