import type { Shape } from '@gradus/storage';
import type { Operation, OperationKind, Saves, Tensor } from '@gradus/tensor';
import type { Gradients } from '../node.ts';

/** What a rule may look at. Only tensors that the rule asked to save can be read. */
export interface Context<Op extends Operation = Operation> {
  readonly operation: Op;
  /** Which inputs a gradient is wanted for. */
  readonly needs: readonly boolean[];
  readonly inputShapes: readonly Shape[];
  /** How many outputs the operation has. */
  readonly outputs: number;
  /** Whether the backward pass is being recorded itself: then a rule must use differentiable ops only. */
  readonly createGraph: boolean;
  input(index: number): Tensor;
  output(index: number): Tensor;
}

/** Gradients of the inputs; a thunk is called only where the gradient is needed. */
export type Thunks = readonly ((() => Tensor) | null)[];

export interface Rule<Op extends Operation = Operation> {
  /** What to keep alive for `backward`, given which inputs need gradients and how many outputs there are. */
  saves?(operation: Op, needs: readonly boolean[], outputs: number): Saves;
  /**
   * Gradients may have the broadcast shape (and are summed to the input's by the engine); null stands for zero.
   * `gradients` has an entry per output, null where no gradient arrived.
   */
  backward(context: Context<Op>, gradients: Gradients): Thunks;
}

export type OperationOf<Kind extends OperationKind> = Extract<Operation, { readonly kind: Kind }>;
