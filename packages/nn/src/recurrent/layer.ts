import { add, cat, matmul, type Tensor } from '@gradus/tensor';
import { linear } from '@gradus/tensor/functional';
import { split } from '@gradus/tensor/launch';
import type { State, Unit } from './step.ts';

/** The parameters of one direction of a layer. */
export interface Weights {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  readonly biasIh: Tensor | null;
  readonly biasHh: Tensor | null;
  /** Of an LSTM with projections. */
  readonly weightHr: Tensor | null;
}

/** Rows of all steps, one after another, and how many belong to each step: never more than to the step before. */
export interface Steps {
  readonly rows: Tensor;
  readonly sizes: readonly number[];
}

export interface Ran {
  /** h after every step, in the rows of the inputs. */
  readonly outputs: Tensor;
  /** The state of every sequence after its last step. */
  readonly state: State;
}

/** The inputs' part of a step: inputs times their weights, with as much of the biases as can be added beforehand. */
export function projectInputs(unit: Unit, x: Tensor, { weightIh, biasIh, biasHh }: Weights): Tensor {
  return linear(x, weightIh, unit.oneBias && biasIh && biasHh ? add(biasIh, biasHh) : biasIh);
}

/** One step from projected inputs. */
export function stepOf(unit: Unit, x: Tensor, state: State, { weightHh, biasHh, weightHr }: Weights): State {
  const next = unit.step(x, state, { weight: weightHh, bias: biasHh });
  return weightHr === null ? next : [matmul(next[0] as Tensor, weightHr.mT), ...next.slice(1)];
}

/** Runs one direction of a layer over all steps. */
export function runLayer(unit: Unit, { rows, sizes }: Steps, initial: State, weights: Weights, reverse: boolean): Ran {
  // The inputs of all steps in one product.
  const projected = projectInputs(unit, rows, weights);
  const isEven = sizes.every((size) => size === sizes[0]);
  if (unit.sequence && weights.weightHr === null && isEven) {
    return runSequence(unit.sequence, projected, sizes, initial, weights.weightHh, reverse);
  }
  const inputs = split(projected, sizes, 0);
  const run = reverse ? runBackwards : runForwards;
  const { outputs, state } = run(sizes, initial, (t, before) => stepOf(unit, inputs[t] as Tensor, before, weights));
  return { outputs: joined(outputs), state };
}

/** All sequences have all steps: one op runs them. */
function runSequence(
  sequence: NonNullable<Unit['sequence']>,
  projected: Tensor,
  sizes: readonly number[],
  initial: State,
  weight: Tensor,
  reverse: boolean,
): Ran {
  const x = projected.reshape([sizes.length, sizes[0] as number, projected.shape[1] as number]);
  const states = sequence(x, initial, weight, reverse);
  const last = reverse ? 0 : sizes.length - 1;
  const [hidden] = states as readonly [Tensor];
  return { outputs: hidden.flatten(0, 1), state: states.map((part) => part.select(0, last)) };
}

type Step = (t: number, state: State) => State;

/** Sequences end on the way: their states are put aside. */
function runForwards(sizes: readonly number[], initial: State, step: Step): { outputs: Tensor[]; state: State } {
  const outputs: Tensor[] = [];
  const ended: State[] = [];
  let state = initial;
  for (const [t, size] of sizes.entries()) {
    const before = sizes[t - 1] ?? size;
    if (size < before) {
      ended.unshift(state.map((part) => part.narrow(0, size, before - size)));
      state = state.map((part) => part.narrow(0, 0, size));
    }
    state = step(t, state);
    outputs.push(state[0] as Tensor);
  }
  return { outputs, state: state.map((part, k) => joined([part, ...ended.map((other) => other[k] as Tensor)])) };
}

/** Sequences begin on the way. */
function runBackwards(sizes: readonly number[], initial: State, step: Step): { outputs: Tensor[]; state: State } {
  const outputs: Tensor[] = [];
  let state: State = [];
  let running = 0;
  for (let t = sizes.length - 1; t >= 0; t--) {
    const size = sizes[t] as number;
    if (size > running) {
      const starting = initial.map((part) => part.narrow(0, running, size - running));
      state = starting.map((part, k) => joined(running === 0 ? [part] : [state[k] as Tensor, part]));
      running = size;
    }
    state = step(t, state);
    outputs.unshift(state[0] as Tensor);
  }
  return { outputs, state };
}

function joined(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? (parts[0] as Tensor) : cat(parts);
}
