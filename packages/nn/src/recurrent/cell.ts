import { formatShape, ShapeError } from '@gradus/storage';
import { empty, scope, type Tensor, zeros } from '@gradus/tensor';
import { uniformWithin } from '../layers/reset.ts';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';
import { projectInputs, stepOf } from './layer.ts';
import { gruUnit, lstmUnit, type State, simpleUnits, type Unit } from './step.ts';

export interface CellOptions extends ParameterOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/** One step of recurrent units. x [batch, width] or [width]. */
abstract class Cell<Hidden> extends Module<[x: Tensor, state?: Hidden | null], Hidden> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  weightIh: Parameter;
  weightHh: Parameter;
  biasIh: Parameter | null;
  biasHh: Parameter | null;

  constructor(gates: number, inputSize: number, hiddenSize: number, options: CellOptions) {
    super();
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const parameter = (...shape: number[]): Parameter => new Parameter(empty(shape, options));
    const { bias = true } = options;
    this.weightIh = parameter(gates * hiddenSize, inputSize);
    this.weightHh = parameter(gates * hiddenSize, hiddenSize);
    this.biasIh = bias ? parameter(gates * hiddenSize) : null;
    this.biasHh = bias ? parameter(gates * hiddenSize) : null;
    this.resetParameters();
  }

  protected abstract readonly unit: Unit;

  /** Draws new parameters: uniform in +-1 / sqrt(hiddenSize). */
  resetParameters(): void {
    for (const parameter of this.parameters()) uniformWithin(parameter, 1 / Math.sqrt(this.hiddenSize));
  }

  /** The state after a step from `given`, or from as many zeros as `parts` says. */
  protected step(x: Tensor, given: State | null, parts: number): State {
    if ((x.ndim !== 1 && x.ndim !== 2) || x.shape.at(-1) !== this.inputSize) {
      const name = this.constructor.name;
      throw new ShapeError(
        `${name}: expected [batch, ${this.inputSize}] or without batch, got ${formatShape(x.shape)}`,
      );
    }
    return scope(() => {
      if (x.ndim === 2) return this.run(x, given, parts);
      const batch = given?.map((part) => part.unsqueeze(0)) ?? null;
      return this.run(x.unsqueeze(0), batch, parts).map((part) => part.squeeze(0));
    });
  }

  private run(x: Tensor, given: State | null, parts: number): State {
    const shape = [x.shape[0] as number, this.hiddenSize];
    const zero = (): Tensor => zeros(shape, { dtype: x.dtype, backend: x.backend });
    const state = given ?? Array.from({ length: parts }, zero);
    const { weightIh, weightHh, biasIh, biasHh } = this;
    const weights = { weightIh, weightHh, biasIh, biasHh, weightHr: null };
    return stepOf(this.unit, projectInputs(this.unit, x, weights), state, weights);
  }

  protected override describe(): string {
    return `${this.inputSize}, ${this.hiddenSize}`;
  }
}

export interface RNNCellOptions extends CellOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.RNNCell.html */
export class RNNCell extends Cell<Tensor> {
  protected override readonly unit: Unit;

  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    super(1, inputSize, hiddenSize, options);
    this.unit = simpleUnits[options.nonlinearity ?? 'tanh'];
  }

  override forward(x: Tensor, h: Tensor | null = null): Tensor {
    return this.step(x, h && [h], 1)[0] as Tensor;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.GRUCell.html */
export class GRUCell extends Cell<Tensor> {
  protected override readonly unit: Unit = gruUnit;

  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(3, inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, h: Tensor | null = null): Tensor {
    return this.step(x, h && [h], 1)[0] as Tensor;
  }
}

/** The state is [h, c]. @see https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html */
export class LSTMCell extends Cell<readonly [h: Tensor, c: Tensor]> {
  protected override readonly unit: Unit = lstmUnit;

  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(4, inputSize, hiddenSize, options);
  }

  override forward(x: Tensor, state: readonly [h: Tensor, c: Tensor] | null = null): readonly [h: Tensor, c: Tensor] {
    return this.step(x, state, 2) as readonly Tensor[] as readonly [Tensor, Tensor];
  }
}
