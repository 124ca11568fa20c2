import type { Tensor } from '@gradus/tensor';
import { Recurrent, type RecurrentOptions } from './recurrent.ts';
import { gruUnit, lstmUnit, type State, simpleUnits, type Unit } from './step.ts';

/** A state of one part: h. */
abstract class OfOneState extends Recurrent<Tensor> {
  protected override toState(hidden: Tensor): State {
    return [hidden];
  }

  protected override toHidden([h]: State): Tensor {
    return h as Tensor;
  }
}

export interface RNNOptions extends RecurrentOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/**
 * h' = tanh(W_ih x + b_ih + W_hh h + b_hh). (Elman 1990.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RNN.html
 */
export class RNN extends OfOneState {
  protected override readonly unit: Unit;

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super(1, inputSize, hiddenSize, options);
    this.unit = simpleUnits[options.nonlinearity ?? 'tanh'];
  }
}

/**
 * Gated recurrent units. (Cho et al. 2014.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU extends OfOneState {
  protected override readonly unit: Unit = gruUnit;

  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(3, inputSize, hiddenSize, options);
  }
}

export interface LSTMOptions extends RecurrentOptions {
  /** Width to which outputs are projected; 0 (default) for none. (Sak et al. 2014.) */
  readonly projSize?: number;
}

/**
 * Long short-term memory. (Hochreiter & Schmidhuber 1997.) The state is [h, c].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM extends Recurrent<readonly [h: Tensor, c: Tensor]> {
  protected override readonly unit: Unit = lstmUnit;

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super(4, inputSize, hiddenSize, options, options.projSize);
  }

  protected override toState(hidden: readonly [h: Tensor, c: Tensor]): State {
    return hidden;
  }

  protected override toHidden(state: State): readonly [h: Tensor, c: Tensor] {
    return state as readonly Tensor[] as readonly [Tensor, Tensor];
  }

  protected override stateWidths(): readonly number[] {
    return [this.projSize || this.hiddenSize, this.hiddenSize];
  }
}
