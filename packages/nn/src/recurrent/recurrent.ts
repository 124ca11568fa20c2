import { ArgumentError, formatShape, ShapeError, sameShape } from '@gradus/storage';
import { cat, empty, indexSelect, scope, stack, type Tensor, tensor, zeros } from '@gradus/tensor';
import { dropout } from '@gradus/tensor/functional';
import { uniformWithin } from '../layers/reset.ts';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';
import { registerParameter } from '../register.ts';
import { type Ran, runLayer, type Steps, type Weights } from './layer.ts';
import { PackedSequence } from './packed-sequence.ts';
import type { State, Unit } from './step.ts';

export interface RecurrentOptions extends ParameterOptions {
  /** Layers on top of each other. Default 1. */
  readonly numLayers?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Axes of inputs and outputs (not of states) are [batch, time, width]. Default false: [time, batch, width]. */
  readonly batchFirst?: boolean;
  /** The probability that an output is dropped between layers, in training. Default 0. */
  readonly dropout?: number;
  /** Run over the sequence in both directions. Default false. */
  readonly bidirectional?: boolean;
}

/** Packed sequences give packed ones. No overloads: those of different layers would not make one function of `RNN | LSTM`. */
export type OutputOf<Input> = Input extends PackedSequence ? PackedSequence : Tensor;

/** Layers of recurrent units; `Hidden` is the state as the user sees it. */
export abstract class Recurrent<Hidden> extends Module<
  [x: Tensor | PackedSequence, state?: Hidden | null],
  [output: Tensor | PackedSequence, state: Hidden]
> {
  /** Parameters have PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse`. */
  readonly [weight: `weight_${string}`]: Parameter;
  readonly [bias: `bias_${string}`]: Parameter;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  /** The width of an LSTM's projected outputs; 0 for none. */
  readonly projSize: number;

  constructor(gates: number, inputSize: number, hiddenSize: number, options: RecurrentOptions, projSize = 0) {
    super();
    const { numLayers = 1, bias = true, batchFirst = false, dropout: p = 0, bidirectional = false } = options;
    if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${this.constructor.name}: dropout must lie in [0, 1], got ${p}`);
    if (projSize < 0 || projSize >= hiddenSize) {
      throw new ArgumentError(`${this.constructor.name}: projSize must be less than ${hiddenSize}, got ${projSize}`);
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.batchFirst = batchFirst;
    this.dropout = p;
    this.bidirectional = bidirectional;
    this.projSize = projSize;
    const width = projSize || hiddenSize;
    for (const [suffix, layer] of this.suffixes()) {
      const inputs = layer === 0 ? inputSize : width * (bidirectional ? 2 : 1);
      const add = (name: string, ...shape: number[]): void =>
        registerParameter(this, name + suffix, new Parameter(empty(shape, options)));
      add('weight_ih', gates * hiddenSize, inputs);
      add('weight_hh', gates * hiddenSize, width);
      if (bias) add('bias_ih', gates * hiddenSize);
      if (bias) add('bias_hh', gates * hiddenSize);
      if (projSize > 0) add('weight_hr', projSize, hiddenSize);
    }
    this.resetParameters();
  }

  protected abstract readonly unit: Unit;
  protected abstract toState(hidden: Hidden): State;
  protected abstract toHidden(state: State): Hidden;

  /** Draws new parameters: uniform in +-1 / sqrt(hiddenSize). */
  resetParameters(): void {
    for (const parameter of this.parameters()) uniformWithin(parameter, 1 / Math.sqrt(this.hiddenSize));
  }

  /**
   * x [time, batch, width] (with `batchFirst` [batch, time, width], or without batch) or packed; the state's parts
   * [layers directions, batch, width], zeros if left out. Gives the outputs of the last layer, packed as x is, and the
   * state after the last step.
   */
  override forward<Input extends Tensor | PackedSequence>(
    x: Input,
    hidden: Hidden | null = null,
  ): [output: OutputOf<Input>, state: Hidden] {
    const given = hidden && this.toState(hidden);
    const [output, state] = x instanceof PackedSequence ? this.runPacked(x, given) : this.runPadded(x, given);
    return [output as OutputOf<Input>, this.toHidden(state)];
  }

  private runPacked(x: PackedSequence, given: State | null): [PackedSequence, State] {
    const reorder = (state: State, order: readonly number[] | null): State =>
      order === null
        ? state
        : state.map((part) => indexSelect(part, 1, tensor(order, { dtype: 'int32', backend: part.backend })));
    const { outputs, state } = scope(() => {
      const ran = this.run({ rows: x.data, sizes: x.batchSizes }, given && reorder(given, x.sortedIndices));
      return { outputs: ran.outputs, state: reorder(ran.state, x.unsortedIndices) };
    });
    return [x.withData(outputs), state];
  }

  private runPadded(x: Tensor, given: State | null): [Tensor, State] {
    if (x.ndim !== 2 && x.ndim !== 3) {
      throw new ShapeError(`${this.constructor.name}: expected 2 or 3 axes, got ${formatShape(x.shape)}`);
    }
    return scope(() => {
      if (x.ndim === 2) {
        const { outputs, state } = this.run(
          { rows: x, sizes: new Array<number>(x.shape[0] as number).fill(1) },
          given?.map((part) => part.unsqueeze(1)) ?? null,
        );
        return [outputs, state.map((part) => part.squeeze(1))];
      }
      const steps = this.batchFirst ? x.transpose(0, 1) : x;
      const [time, batch, width] = steps.shape as readonly [number, number, number];
      const sizes = new Array<number>(time).fill(batch);
      const { outputs, state } = this.run({ rows: steps.reshape([time * batch, width]), sizes }, given);
      const output = outputs.reshape([time, batch, outputs.shape[1] as number]);
      return [this.batchFirst ? output.transpose(0, 1) : output, state];
    });
  }

  /** All layers, from the first to the last. */
  private run({ rows, sizes }: Steps, given: State | null): Ran {
    const initial = this.initialState(rows, sizes, given);
    const directions = this.bidirectional ? 2 : 1;
    const states: State[] = [];
    let outputs = rows;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0 && this.dropout > 0) outputs = dropout(outputs, { p: this.dropout, training: this.training });
      const ran = Array.from({ length: directions }, (_, k) => {
        const state = initial.map((part) => part.select(0, layer * directions + k));
        return runLayer(this.unit, { rows: outputs, sizes }, state, this.weightsOf(layer, k === 1), k === 1);
      });
      states.push(...ran.map(({ state }) => state));
      outputs =
        directions === 1
          ? (ran[0] as Ran).outputs
          : cat(
              ran.map((one) => one.outputs),
              { dim: 1 },
            );
    }
    return { outputs, state: initial.map((_, k) => stack(states.map((state) => state[k] as Tensor))) };
  }

  /** The given state, checked, or zeros. */
  private initialState(rows: Tensor, sizes: readonly number[], given: State | null): State {
    const name = this.constructor.name;
    const [batch] = sizes;
    if (batch === undefined || rows.shape[1] !== this.inputSize) {
      const shape = formatShape(rows.shape);
      throw new ShapeError(`${name}: needs at least one step of ${this.inputSize} features, got ${shape}`);
    }
    const layers = this.numLayers * (this.bidirectional ? 2 : 1);
    const shapes = this.stateWidths().map((width) => [layers, batch, width]);
    for (const [k, part] of (given ?? []).entries()) {
      if (sameShape(part.shape, shapes[k] ?? [])) continue;
      throw new ShapeError(
        `${name}: the state must be ${shapes.map(formatShape).join(' and ')}, got ${formatShape(part.shape)}`,
      );
    }
    return given ?? shapes.map((shape) => zeros(shape, { dtype: rows.dtype, backend: rows.backend }));
  }

  /** The widths of the parts of a state. */
  protected stateWidths(): readonly number[] {
    return [this.hiddenSize];
  }

  private weightsOf(layer: number, reverse: boolean): Weights {
    const suffix = suffixOf(layer, reverse);
    return {
      weightIh: this[`weight_ih${suffix}`] as Parameter,
      weightHh: this[`weight_hh${suffix}`] as Parameter,
      biasIh: this[`bias_ih${suffix}`] ?? null,
      biasHh: this[`bias_hh${suffix}`] ?? null,
      weightHr: this[`weight_hr${suffix}`] ?? null,
    };
  }

  private suffixes(): (readonly [suffix: string, layer: number])[] {
    return Array.from({ length: this.numLayers }, (_, layer) => layer).flatMap((layer) =>
      (this.bidirectional ? [false, true] : [false]).map((reverse) => [suffixOf(layer, reverse), layer] as const),
    );
  }

  protected override describe(): string {
    const layers = this.numLayers === 1 ? '' : `, numLayers=${this.numLayers}`;
    return `${this.inputSize}, ${this.hiddenSize}${layers}${this.bidirectional ? ', bidirectional' : ''}`;
  }
}

function suffixOf(layer: number, reverse: boolean): `_l${string}` {
  return `_l${layer}${reverse ? '_reverse' : ''}`;
}
