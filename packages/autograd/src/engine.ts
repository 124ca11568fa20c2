import { keep, scope, type Tensor } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { AccumulateNode } from './accumulate-node.ts';
import { withGradMode } from './mode.ts';
import { type Edge, type Gradients, type Node, observer } from './node.ts';

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
    const ends = new Set(targets?.map(({ node }) => node));
    const leading = targets === null ? null : leadingTo(order, ends);
    for (const { edge, gradient } of roots) this.#deliver(edge, this.#share(gradient));
    for (const node of order) if (leading === null || leading.has(node) || ends.has(node)) this.#visit(node, leading);
    return (targets ?? []).map((target) => this.#captured.get(keyOf(target)) ?? null);
  }

  /** `leading`: the nodes from which gradients go on to a target; null for all. */
  #visit(node: Node, leading: ReadonlySet<Node> | null): void {
    const gradients = this.#gradients.get(node);
    this.#gradients.delete(node);
    if (gradients === undefined) return;
    const { hooks } = node;
    const hooked =
      hooks === null ? gradients : gradients.map((g, index) => g && hooks.runTensorHooks(index, g, this.#escaped));
    this.#capture(node, hooked);
    const runs = node instanceof AccumulateNode ? this.#accumulates(node) : leading === null || leading.has(node);
    if (runs) this.#apply(node, hooked, leading);
    for (const gradient of hooked) if (gradient !== null) this.#discard(gradient);
  }

  #accumulates(node: AccumulateNode): boolean {
    const { targets, accumulate } = this.#options;
    return targets === null || (accumulate && targets.some((target) => target.node === node));
  }

  #apply(node: Node, gradients: Gradients, leading: ReadonlySet<Node> | null): void {
    const results = this.#options.createGraph
      ? this.#applyHooked(node, gradients)
      : scope(() => this.#applyHooked(node, gradients));
    if (!this.#options.retainGraph) node.release();
    const delivered = new Set<Tensor>();
    for (const [i, result] of results.entries()) {
      const edge = node.edges[i];
      if (!edge || result === null) continue;
      if (leading !== null && !leading.has(edge.node) && !this.#isTarget(edge.node)) {
        this.#discard(result);
        continue;
      }
      // A rule may pass on what it was given, or one tensor twice: every delivery is a handle of its own.
      const shared = gradients.includes(result) || delivered.has(result);
      delivered.add(result);
      this.#deliver(edge, shared ? this.#share(result) : result);
    }
  }

  #isTarget(node: Node): boolean {
    return this.#options.targets?.some((target) => target.node === node) ?? false;
  }

  #applyHooked(node: Node, gradients: Gradients): Gradients {
    const around = node.hooks?.around;
    if (around)
      return around(
        (given) => applyObserved(node, given),
        gradients,
        (seen) => this.#escape(seen),
      );
    return applyObserved(node, gradients);
  }

  /** User code sees these gradients, and may keep them. */
  #escape(gradients: Gradients): Gradients {
    for (const gradient of gradients) if (gradient !== null) this.#escaped.add(keep(gradient));
    return gradients;
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

  #capture(node: Node, gradients: Gradients): void {
    // What accumulates is not asked for.
    if (this.#options.accumulate && node instanceof AccumulateNode) return;
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

function applyObserved(node: Node, gradients: Gradients): Gradients {
  return observer === null ? node.apply(gradients) : observer.apply(node, gradients);
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

/** The nodes among `order` from which gradients go on to one of the targets. */
function leadingTo(order: readonly Node[], targets: ReadonlySet<Node>): ReadonlySet<Node> {
  const leading = new Set<Node>();
  for (const node of [...order].reverse()) {
    const leads = ({ node }: Edge): boolean => leading.has(node) || targets.has(node);
    if (node.edges.some((edge) => edge !== null && leads(edge))) leading.add(node);
  }
  return leading;
}
