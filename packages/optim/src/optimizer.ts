import type { Tensor } from '@gradus/tensor';
import { type BaseOptions, type ParameterGroup, ParameterGroups, type ParameterState } from './parameter-groups.ts';
import type { OptimizerStateDict } from './state-dict.ts';

/** What schedulers, and whatever else sets options, need of an optimizer. */
export interface Scheduled {
  readonly paramGroups: readonly (BaseOptions & { params: Tensor[]; initialLr?: number })[];
}

/** What training loops need of any optimizer, whatever its options. */
export interface AnyOptimizer extends Scheduled {
  zeroGrad(): void;
  step(closure?: () => Tensor): Tensor | null;
  stateDict(): OptimizerStateDict;
  loadStateDict(dict: OptimizerStateDict): void;
}

/**
 * Base of optimizers that update each parameter by its own gradient: the loop over those that have one. A subclass says
 * how one parameter is updated, in one kernel.
 *
 * @see https://pytorch.org/docs/stable/optim.html
 */
export abstract class Optimizer<Options extends BaseOptions = BaseOptions>
  extends ParameterGroups<Options>
  implements AnyOptimizer
{
  /** One update of every parameter that has a gradient. A closure computes the loss (and gradients) first. */
  step(closure?: () => Tensor): Tensor | null {
    const loss = closure === undefined ? null : closure();
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        const { grad } = param;
        if (grad === null) continue;
        const state = this.stateOf(param);
        state.step++;
        this.update(param, grad, state, group);
      }
    }
    return loss;
  }

  protected abstract update(param: Tensor, grad: Tensor, state: ParameterState, group: ParameterGroup<Options>): void;
}
