import { scope, type Tensor } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { AccumulateNode } from './accumulate-node.ts';
import { withGradMode } from './mode.ts';
import type { Edge, Gradients, Node } from './node.ts';

export interface Run {
  /** Where the pass starts, each with its gradient. */
  readonly roots: readonly { readonly edge: Edge; readonly gradient: Tensor }[];
  /** Record the pass itself, so that gradients can be differentiated. */
  readonly createGraph: boolean;
  /** Keep saved tensors for another pass. */
  readonly retainGraph: boolean;
  /** Capture the gradients that arrive here, and compute nothing that doesn't lead here; null: accumulate in all leaves. */
  readonly targets: readonly Edge[] | null;
  /** Whether a target that is a leaf accumulates too. */
  readonly accumulate: boolean;
}

/**
 * One backward pass. Nodes run in descending order of their ids, which is a topological order, so no recursion and no
 * counting of dependencies is needed. Gradients on their way belong to the engine, which disposes them as they are used
 * up, unless the pass is recorded or a hook has seen them.
 *
 * @returns per target the gradient that arrived, or null.
 */
export function run(options: Run): readonly (Tensor | null)[] {
  return withGradMode(options.createGraph, 'backward', () => new Pass(options).run());
}

class Pass {
  readonly #options: Run;
  readonly #gradients = new Map<Node, (Tensor | null)[]>();
  readonly #captured = new Map<string, Tensor>();
  /** Seen by user code, which may have kept them. */
  readonly #escaped = new Set<Tensor>();

  constructor(options: Run) {
    this.#options = options;
  }

  run(): readonly (Tensor | null)[] {
    const { roots, targets } = this.#options;
    const order = reachable(roots.map(({ edge }) => edge.node));
    const needed = targets === null ? null : leadingTo(order, new Set(targets.map(({ node }) => node)));
    for (const { edge, gradient } of roots) this.#deliver(edge, this.#share(gradient));
    for (const node of order) if (needed === null || needed.has(node)) this.#visit(node, needed);
    return (targets ?? []).map((target) => this.#captured.get(keyOf(target)) ?? null);
  }

  #visit(node: Node, needed: ReadonlySet<Node> | null): void {
    const gradients = this.#gradients.get(node);
    this.#gradients.delete(node);
    if (gradients === undefined) return;
    const hooked = gradients.map((gradient, index) => gradient && this.#runHooks(node, index, gradient));
    this.#capture(node, hooked);
    if (node instanceof AccumulateNode ? this.#accumulates(node) : true) this.#apply(node, hooked, needed);
    for (const gradient of hooked) if (gradient !== null) this.#discard(gradient);
  }

  #accumulates(node: AccumulateNode): boolean {
    const { targets, accumulate } = this.#options;
    return targets === null || (accumulate && targets.some((target) => target.node === node));
  }

  #apply(node: Node, gradients: Gradients, needed: ReadonlySet<Node> | null): void {
    const results = this.#options.createGraph ? node.apply(gradients) : scope(() => node.apply(gradients));
    if (!this.#options.retainGraph) node.release();
    const delivered = new Set<Tensor>();
    for (const [i, result] of results.entries()) {
      const edge = node.edges[i];
      if (!edge || result === null) continue;
      if (needed !== null && !needed.has(edge.node)) {
        this.#discard(result);
        continue;
      }
      // A rule may pass on what it was given, or one tensor twice: every delivery is a handle of its own.
      const shared = gradients.includes(result) || delivered.has(result);
      delivered.add(result);
      this.#deliver(edge, shared ? this.#share(result) : result);
    }
  }

  /** Another handle for another owner; in a recorded pass nothing is disposed and the history must stay. */
  #share(gradient: Tensor): Tensor {
    return this.#options.createGraph ? gradient : alias(gradient);
  }

  #deliver({ node, index }: Edge, gradient: Tensor): void {
    let slots = this.#gradients.get(node);
    if (slots === undefined) {
      slots = new Array<Tensor | null>(node.outputs.length).fill(null);
      this.#gradients.set(node, slots);
    }
    const before = slots[index] ?? null;
    slots[index] = before === null ? gradient : this.#sum(before, gradient);
  }

  /** In place where the engine alone holds the memory. */
  #sum(a: Tensor, b: Tensor): Tensor {
    const { createGraph } = this.#options;
    if (!createGraph && a.storage.references === 1 && a.layout.isContiguous && !this.#escaped.has(a)) {
      a.add_(b);
      this.#discard(b);
      return a;
    }
    const sum = a.add(b);
    this.#discard(a);
    this.#discard(b);
    return sum;
  }

  #runHooks(node: Node, index: number, gradient: Tensor): Tensor {
    let result = gradient;
    for (const hook of node.hooksOf(index) ?? []) {
      this.#escaped.add(result);
      result = hook(result) ?? result;
      this.#escaped.add(result);
    }
    return result;
  }

  #capture(node: Node, gradients: Gradients): void {
    for (const target of this.#options.targets ?? []) {
      const gradient = target.node === node ? gradients[target.index] : null;
      if (gradient && !this.#captured.has(keyOf(target))) {
        this.#captured.set(keyOf(target), this.#share(gradient));
      }
    }
  }

  #discard(gradient: Tensor): void {
    if (!this.#options.createGraph && !this.#escaped.has(gradient)) gradient.dispose();
  }
}

function keyOf({ node, index }: Edge): string {
  return `${node.id}.${index}`;
}

/** All nodes that gradients can reach, newest first. */
function reachable(roots: readonly Node[]): readonly Node[] {
  const seen = new Set<Node>(roots);
  const stack = [...seen];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const edge of node.edges) {
      if (edge === null || seen.has(edge.node)) continue;
      seen.add(edge.node);
      stack.push(edge.node);
    }
  }
  return [...seen].sort((a, b) => b.id - a.id);
}

/** The nodes among `order` from which gradients reach one of the targets. */
function leadingTo(order: readonly Node[], targets: ReadonlySet<Node>): ReadonlySet<Node> {
  const leading = new Set<Node>();
  for (const node of [...order].reverse()) {
    if (targets.has(node) || node.edges.some((edge) => edge !== null && leading.has(edge.node))) leading.add(node);
  }
  return leading;
}
