import type { Backend } from '@gradus/backend';
import type { DType, Shape } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { NodeHooks } from './hooks.ts';

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

/** Sees nodes as they are made and run: see `detectAnomaly`. */
export interface NodeObserver {
  created(node: Node): void;
  apply(node: Node, gradients: Gradients): Gradients;
}

/** null nearly always. */
export let observer: NodeObserver | null = null;

export function setObserver(next: NodeObserver | null): void {
  observer = next;
}

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
  /** Made with the first hook. */
  hooks: NodeHooks | null = null;

  constructor(edges: readonly (Edge | null)[], outputs: readonly OutputInfo[]) {
    this.edges = edges;
    this.outputs = outputs;
    observer?.created(this);
  }

  /** Gradients of the inputs from those of the outputs; null stands for zero. */
  abstract apply(gradients: Gradients): Gradients;

  /** Lets go of what was saved for backward. */
  abstract release(): void;

  /** The node's hooks, made on demand. */
  hooked(): NodeHooks {
    this.hooks ??= new NodeHooks();
    return this.hooks;
  }
}

export function infoOf(x: Tensor): OutputInfo {
  return { shape: x.shape, dtype: x.dtype, backend: x.backend };
}
