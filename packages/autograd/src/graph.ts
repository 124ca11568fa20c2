import { AutogradError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { AccumulateNode, type PostAccumulateHook } from './accumulate-node.ts';
import { edgeOf } from './edges.ts';
import type { Gradients, Node } from './node.ts';

/** Before a node runs: sees the gradients of its outputs, and may give others. */
export type NodePrehook = (gradOutputs: Gradients) => Gradients | undefined;

/** After a node has run: sees the gradients of its inputs and of its outputs, and may give others for its inputs. */
export type NodeHook = (gradInputs: Gradients, gradOutputs: Gradients) => Gradients | undefined;

/** A node of the graph of gradients, as user code sees it. */
export interface GradFn {
  /** The op as users know it; 'accumulate' where a leaf's gradient ends. */
  readonly name: string;
  /** Per input of the op the node that its gradient goes to, and which output of that node it is of; null for none. */
  readonly nextFunctions: readonly (readonly [GradFn, number] | null)[];
  /** Runs `hook` after the node; gradients that it returns replace those of the inputs. Returns what removes it. */
  registerHook(hook: NodeHook): () => void;
  /** Runs `hook` before the node; gradients that it returns replace those that arrived. Returns what removes it. */
  registerPrehook(hook: NodePrehook): () => void;
}

const views = new WeakMap<Node, GradFn>();

/**
 * The node that made a tensor; null for leaves.
 *
 * @see https://pytorch.org/docs/stable/autograd.html#function
 */
export function gradFn(x: Tensor): GradFn | null {
  const edge = x.isLeaf ? null : edgeOf(x);
  return edge && viewOf(edge.node);
}

function viewOf(node: Node): GradFn {
  let view = views.get(node);
  if (view === undefined) {
    view = new NodeView(node);
    views.set(node, view);
  }
  return view;
}

class NodeView implements GradFn {
  readonly #node: Node;
  readonly #before = new Set<NodePrehook>();
  readonly #after = new Set<NodeHook>();

  constructor(node: Node) {
    this.#node = node;
  }

  get name(): string {
    return this.#node.name;
  }

  get nextFunctions(): GradFn['nextFunctions'] {
    return this.#node.edges.map((edge) => edge && ([viewOf(edge.node), edge.index] as const));
  }

  registerHook(hook: NodeHook): () => void {
    this.#attach();
    return added(this.#after, hook);
  }

  registerPrehook(hook: NodePrehook): () => void {
    this.#attach();
    return added(this.#before, hook);
  }

  #attach(): void {
    this.#node.hooked().around = (run, arriving, escape) => {
      let gradients = escape(arriving);
      for (const hook of this.#before) gradients = escape(hook(gradients) ?? gradients);
      let results = escape(run(gradients));
      for (const hook of this.#after) results = escape(hook(results, gradients) ?? results);
      return results;
    };
  }
}

/**
 * Runs `hook` whenever a backward pass has added to the leaf's `grad`: where an optimizer may step and free the gradient
 * at once. The returned function removes the hook.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.register_post_accumulate_grad_hook.html
 */
export function registerPostAccumulateGradHook(leaf: Tensor, hook: PostAccumulateHook): () => void {
  const node = edgeOf(leaf)?.node;
  if (!(node instanceof AccumulateNode)) {
    throw new AutogradError('registerPostAccumulateGradHook: only leaves that require grad accumulate');
  }
  node.afterwards ??= new Set();
  return added(node.afterwards, hook);
}

function added<Hook>(hooks: Set<Hook>, hook: Hook): () => void {
  hooks.add(hook);
  return () => {
    hooks.delete(hook);
  };
}
