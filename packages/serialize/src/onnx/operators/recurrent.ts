import type { Tensor } from '@gradus/tensor';
import * as t from '@gradus/tensor';
import type { Node, Operator } from '../node.ts';

/** One direction's weights, and where it starts. */
interface Direction {
  /** [gates * hidden, input] and [gates * hidden, hidden]. */
  readonly weight: Tensor;
  readonly recurrence: Tensor;
  /** [gates * hidden] each; null where there are none. */
  readonly inputBias: Tensor | null;
  readonly hiddenBias: Tensor | null;
  readonly state: State;
  readonly activations: readonly ((x: Tensor) => Tensor)[];
}

/** h, and c of an LSTM; [batch, hidden] each. */
type State = readonly Tensor[];

/** The state after a step. `x` is the input's part of all gates, [batch, gates * hidden]. */
type Step = (x: Tensor, state: State, direction: Direction) => State;

/** RNN, GRU and LSTM, step by step. */
export const recurrent: Readonly<Record<string, Operator>> = {
  RNN: (node) => run(node, 1, ['Tanh'], (x, [h], d) => [act(d, 0)(t.add(x, hidden(h as Tensor, d)))]),

  GRU: (node) => {
    const resetsAfter = node.int('linear_before_reset', 0) === 1;
    return run(node, 3, ['Sigmoid', 'Tanh'], (x, [h], d) => {
      const before = h as Tensor;
      const [xz, xr, xh] = chunks(x, 3);
      const [wz, wr, wh] = chunks(d.recurrence, 3, 0);
      const [bz, br, bh] = d.hiddenBias === null ? [] : chunks(d.hiddenBias, 3, 0);
      const z = act(d, 0)(t.add(xz, product(before, wz, bz)));
      const r = act(d, 0)(t.add(xr, product(before, wr, br)));
      const past = resetsAfter ? t.mul(r, product(before, wh, bh)) : product(t.mul(r, before), wh, bh);
      const candidate = act(d, 1)(t.add(xh, past));
      return [t.add(t.mul(t.sub(before, candidate), z), candidate)];
    });
  },

  LSTM: (node) => {
    if (node.has(7)) throw node.error('peepholes are not supported');
    if (node.int('input_forget', 0) === 1) throw node.error('input_forget is not supported');
    return run(node, 4, ['Sigmoid', 'Tanh', 'Tanh'], (x, [h, c], d) => {
      const [i, o, f, g] = chunks(t.add(x, hidden(h as Tensor, d)), 4);
      const cell = t.add(t.mul(act(d, 0)(f), c as Tensor), t.mul(act(d, 0)(i), act(d, 1)(g)));
      return [t.mul(act(d, 0)(o), act(d, 2)(cell)), cell];
    });
  },
};

/** Outputs: all h [steps, directions, batch, hidden], the last h (and c) [directions, batch, hidden]. */
function run(node: Node, gates: number, functions: readonly string[], step: Step): readonly Tensor[] {
  const batchFirst = node.int('layout', 0) === 1;
  const given = node.input(0);
  const x = batchFirst ? t.transpose(given, 0, 1) : given;
  const [steps, batch] = x.shape as [number, number];
  if (node.numbers(4)?.some((length) => length !== steps))
    throw node.error('sequences of different lengths are not supported');
  if (node.attribute('clip') !== null) throw node.error('clip is not supported');
  const direction = node.string('direction', 'forward');
  const count = direction === 'bidirectional' ? 2 : 1;
  const width = node.shape(2).at(-1) as number;
  const runs = Array.from({ length: count }, (_, k) => {
    const parts = directionOf(node, k, { gates, batch, width, functions, batchFirst });
    return runDirection(x, parts, step, direction === 'reverse' || k === 1);
  });
  const all = t.stack(
    runs.map((each) => t.stack(each.outputs)),
    { dim: 1 },
  );
  const last = (runs[0] as { readonly state: State }).state.map((_, i) =>
    t.stack(runs.map(({ state }) => state[i] as Tensor)),
  );
  if (!batchFirst) return [all, ...last];
  return [t.permute(all, [2, 0, 1, 3]), ...last.map((state) => t.transpose(state, 0, 1))];
}

function runDirection(
  x: Tensor,
  direction: Direction,
  step: Step,
  backwards: boolean,
): { outputs: Tensor[]; state: State } {
  const steps = x.shape[0] as number;
  const projected = t.matmul(x, direction.weight.mT);
  const inputs = direction.inputBias === null ? projected : t.add(projected, direction.inputBias);
  const outputs = new Array<Tensor>(steps);
  let { state } = direction;
  for (let i = 0; i < steps; i++) {
    const at = backwards ? steps - 1 - i : i;
    state = step(t.select(inputs, 0, at), state, direction);
    outputs[at] = state[0] as Tensor;
  }
  return { outputs, state };
}

interface Sizes {
  readonly gates: number;
  readonly batch: number;
  readonly width: number;
  readonly functions: readonly string[];
  readonly batchFirst: boolean;
}

function directionOf(node: Node, k: number, { gates, batch, width, functions, batchFirst }: Sizes): Direction {
  const bias = node.optional(3);
  const both = bias === null ? null : t.select(bias, 0, k);
  const initial = (index: number): Tensor => {
    const state = node.optional(index);
    if (state === null) return t.zeros([batch, width], { dtype: node.input(0).dtype, backend: node.target });
    return t.select(state, batchFirst ? 1 : 0, k);
  };
  return {
    weight: t.select(node.input(1), 0, k),
    recurrence: t.select(node.input(2), 0, k),
    inputBias: both && t.narrow(both, 0, 0, gates * width),
    hiddenBias: both && t.narrow(both, 0, gates * width, gates * width),
    state: gates === 4 ? [initial(5), initial(6)] : [initial(5)],
    activations: functions.map((name, i) =>
      activation(node, node.attribute('activations')?.strings[k * functions.length + i] ?? name),
    ),
  };
}

const known: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  tanh: t.tanh,
  sigmoid: t.sigmoid,
  relu: t.relu,
  softsign: t.softsign,
};

function activation(node: Node, name: string): (x: Tensor) => Tensor {
  const found = known[name.toLowerCase()];
  if (found === undefined) throw node.error(`the activation ${name} is not supported`);
  return found;
}

function act(direction: Direction, index: number): (x: Tensor) => Tensor {
  return direction.activations[index] as (x: Tensor) => Tensor;
}

function hidden(h: Tensor, { recurrence, hiddenBias }: Direction): Tensor {
  return product(h, recurrence, hiddenBias);
}

function product(h: Tensor, weight: Tensor, bias: Tensor | null | undefined): Tensor {
  const result = t.matmul(h, weight.mT);
  return bias ? t.add(result, bias) : result;
}

/** Equal parts of an axis: a gate each. */
function chunks(x: Tensor, count: number, axis = 1): [Tensor, Tensor, Tensor, Tensor] {
  const size = (x.shape[axis] as number) / count;
  return Array.from({ length: count }, (_, i) => t.narrow(x, axis, i * size, size)) as [Tensor, Tensor, Tensor, Tensor];
}
