import { copyProgram } from '@gradus/backend';
import type { Movement } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { copy, filled, mapInPlace, view } from '@gradus/tensor/launch';
import { type Edge, type Gradients, Node, type OutputInfo } from './node.ts';

/**
 * What a tensor becomes when a view of it is written in place: its old value everywhere else, the written value where the
 * view reads. Edges: the old value, the written value.
 */
export class ViewWriteNode extends Node {
  readonly name = 'writeView';
  readonly #movements: readonly Movement[];

  /** `movements` lead from the tensor to the written view. */
  constructor(old: Edge | null, written: Edge | null, movements: readonly Movement[], output: OutputInfo) {
    super([old, written], [output]);
    this.#movements = movements;
  }

  override apply([gradient]: Gradients): Gradients {
    if (!gradient) return [null, null];
    const [old, written] = this.edges;
    return [old ? this.#zeroed(gradient) : null, written ? this.#viewOf(gradient) : null];
  }

  override release(): void {}

  #viewOf(x: Tensor): Tensor {
    // Strides over the storage are those of a tensor that fills it.
    const { isContiguous, offset } = x.layout;
    const absolute = this.#movements.some(({ type }) => type === 'asStrided');
    const from = absolute && !(isContiguous && offset === 0) ? copy('writeView', x) : x;
    return this.#movements.reduce(view, from);
  }

  #zeroed(gradient: Tensor): Tensor {
    const result = copy('writeView', gradient);
    const target = this.#viewOf(result);
    const zero = filled(gradient.backend, [], gradient.dtype, 0);
    mapInPlace('writeView', copyProgram(zero.dtype, zero.dtype), [zero], target);
    return result;
  }
}
