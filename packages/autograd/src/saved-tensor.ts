import type { Backend } from '@gradus/backend';
import { AutogradError, type DType, formatShape, type Layout, type Storage } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import type { Edge } from './node.ts';

/** What a node keeps of a tensor for backward. */
export interface Saved {
  /** A new handle; `edge` says where its gradient goes when the backward pass is recorded itself. */
  unpack(edge: Edge | null): Tensor;
  release(): void;
}

/** Memory made in inference mode counts no versions. */
export function isUnversioned({ version }: Storage<Backend>): boolean {
  return Number.isNaN(version);
}

/**
 * A tensor that backward will read: its memory, held by a reference of its own, and its place in the graph, but not the
 * user's handle. Unpacking checks that nobody wrote to the memory since.
 */
export class SavedTensor implements Saved {
  readonly #storage: Storage<Backend>;
  readonly #layout: Layout;
  readonly #dtype: DType;
  readonly #version: number;
  readonly #savedBy: string;
  #released = false;

  constructor(x: Tensor, savedBy: string) {
    if (isUnversioned(x.storage)) {
      throw new AutogradError(
        `${savedBy}: an inference tensor of shape ${formatShape(x.shape)} can't be saved for backward; clone it outside of inferenceMode`,
      );
    }
    x.storage.retain();
    this.#storage = x.storage;
    this.#layout = x.layout;
    this.#dtype = x.dtype;
    this.#version = x.storage.version;
    this.#savedBy = savedBy;
  }

  unpack(edge: Edge | null): Tensor {
    if (this.#released) {
      throw new AutogradError(
        `backward went through '${this.#savedBy}' a second time, but its saved tensors were freed; pass retainGraph: true the first time`,
      );
    }
    this.#assertUnchanged();
    this.#storage.retain();
    return withEdge(new Tensor(this.#storage, this.#layout, this.#dtype), edge);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#storage.release();
  }

  #assertUnchanged(): void {
    const { version } = this.#storage;
    if (version === this.#version) return;
    throw new AutogradError(
      `a tensor needed by the gradient of '${this.#savedBy}' was modified in place: ${this.#dtype} ` +
        `${formatShape(this.#layout.shape)} is at version ${version}, expected ${this.#version}; ` +
        'write to a clone, or use the op that is not in place',
    );
  }
}

/** Puts a tensor at a place in the graph. */
export function withEdge(tensor: Tensor, edge: Edge | null): Tensor {
  if (edge !== null) {
    const state = tensor.gradientState();
    state.node = edge.node;
    state.outputIndex = edge.index;
  }
  return tensor;
}
