import { expressions as e, input, type MapProgram, mapProgram } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { add, matmul, type Tensor } from '@gradus/tensor';
import { linear, lstmSequence } from '@gradus/tensor/functional';
import { map, mapMany, split } from '@gradus/tensor/launch';

/** What one step hands to the next: h, and c of an LSTM; [n, width] each. */
export type State = readonly Tensor[];

export interface HiddenWeights {
  readonly weight: Tensor;
  /** Only where it can't be added to the inputs. */
  readonly bias: Tensor | null;
}

/** The equations of one kind of recurrent unit. */
export interface Unit {
  /** How many rows of the weights each hidden unit has. */
  readonly gates: number;
  /** Whether the hidden bias may be added to the inputs, once for all steps. */
  readonly oneBias: boolean;
  /** The state after a step; `x` [n, gates width] are the inputs times their weights, plus their bias. */
  step(x: Tensor, state: State, hidden: HiddenWeights): State;
  /** All steps at once, where that is one op: the state's parts after every step [T, N, width]. */
  sequence?(x: Tensor, state: State, weight: Tensor, reverse: boolean): State;
}

/** A program per dtype. */
function perDType(make: (dtype: DType) => MapProgram): (dtype: DType) => MapProgram {
  const programs = new Map<DType, MapProgram>();
  return (dtype) => {
    const program = programs.get(dtype) ?? make(dtype);
    programs.set(dtype, program);
    return program;
  };
}

function simple(activation: 'tanh' | 'relu'): Unit {
  const program = perDType((dtype) => {
    const sum = e.add(input(0, dtype), input(1, dtype));
    return mapProgram([dtype, dtype], [], [activation === 'tanh' ? e.tanh(sum) : e.select(e.le(sum, 0), 0, sum)]);
  });
  return {
    gates: 1,
    oneBias: true,
    step: (x, [h], { weight }) => [map(`rnn ${activation}`, program(x.dtype), [x, matmul(h as Tensor, weight.mT)])],
  };
}

/** Elman's units. */
export const simpleUnits: Readonly<Record<'tanh' | 'relu', Unit>> = { tanh: simple('tanh'), relu: simple('relu') };

const lstmProgram = perDType((dtype) => {
  const [i, f, g, o, c] = [0, 1, 2, 3, 4].map((k) => input(k, dtype)) as [Input, Input, Input, Input, Input];
  const cell = e.add(e.mul(e.sigmoid(f), c), e.mul(e.sigmoid(i), e.tanh(g)));
  return mapProgram(new Array<DType>(5).fill(dtype), [], [e.mul(e.sigmoid(o), e.tanh(cell)), cell]);
});

type Input = ReturnType<typeof input>;

/** Long short-term memory: gates i, f, g, o. (Hochreiter & Schmidhuber 1997.) One product, one sum, one map. */
export const lstmUnit: Unit = {
  gates: 4,
  oneBias: true,
  step: (x, [h, c], { weight }) => {
    const gates = split(add(x, matmul(h as Tensor, weight.mT)), widthsOf(x, 4), 1);
    return mapMany('lstm', lstmProgram(x.dtype), [...gates, c as Tensor]);
  },
  sequence(x, [h, c], weight, reverse) {
    const { hidden, cells } = lstmSequence(x, weight, h as Tensor, c as Tensor, { reverse });
    return [hidden, cells];
  },
};

const gruProgram = perDType((dtype) => {
  const [xr, xz, xn, hr, hz, hn, h] = [0, 1, 2, 3, 4, 5, 6].map((k) => input(k, dtype)) as [
    ...[Input, Input, Input],
    ...[Input, Input, Input],
    Input,
  ];
  const [reset, update] = [e.sigmoid(e.add(xr, hr)), e.sigmoid(e.add(xz, hz))];
  const fresh = e.tanh(e.add(xn, e.mul(reset, hn)));
  return mapProgram(new Array<DType>(7).fill(dtype), [], [e.add(fresh, e.mul(update, e.sub(h, fresh)))]);
});

/** Gated recurrent units: gates r, z, n. (Cho et al. 2014.) The reset gate scales the hidden bias too. */
export const gruUnit: Unit = {
  gates: 3,
  oneBias: false,
  step: (x, [h], { weight, bias }) => {
    const [inputs, hidden] = [x, linear(h as Tensor, weight, bias)].map((part) => split(part, widthsOf(part, 3), 1));
    return [map('gru', gruProgram(x.dtype), [...(inputs as State), ...(hidden as State), h as Tensor])];
  },
};

function widthsOf(x: Tensor, gates: number): readonly number[] {
  return new Array<number>(gates).fill((x.shape[1] as number) / gates);
}
