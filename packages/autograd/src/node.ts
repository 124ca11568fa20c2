import type { Backend } from '@gradus/backend';
import type { DType, Shape } from '@gradus/storage';
import type { GradientHook, Tensor } from '@gradus/tensor';

/** An output of a node: where a gradient goes next. */
export interface Edge {
  readonly node: Node;
  readonly index: number;
}

/** What a gradient looks like when none arrived. */
export interface OutputInfo {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly backend: Backend;
}

export type Gradients = readonly (Tensor | null)[];

let created = 0;

/** A recorded operation in the graph of gradients. */
export abstract class Node {
  /**
   * Grows with every node. A node's edges lead to nodes that existed before it, so descending ids are a topological
   * order of every graph.
   */
  readonly id: number = created++;
  abstract readonly name: string;
  /** Per input of the operation: where its gradient goes; null where none is needed. */
  readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly OutputInfo[];
  #hooks: Map<number, Set<GradientHook>> | null = null;

  constructor(edges: readonly (Edge | null)[], outputs: readonly OutputInfo[]) {
    this.edges = edges;
    this.outputs = outputs;
  }

  /** Gradients of the inputs from those of the outputs; null stands for zero. */
  abstract apply(gradients: Gradients): Gradients;

  /** Lets go of what was saved for backward. */
  abstract release(): void;

  addHook(index: number, hook: GradientHook): () => void {
    this.#hooks ??= new Map();
    const hooks = this.#hooks.get(index) ?? new Set();
    this.#hooks.set(index, hooks.add(hook));
    return () => hooks.delete(hook);
  }

  hooksOf(index: number): ReadonlySet<GradientHook> | undefined {
    return this.#hooks?.get(index);
  }
}

export function infoOf(x: Tensor): OutputInfo {
  return { shape: x.shape, dtype: x.dtype, backend: x.backend };
}
