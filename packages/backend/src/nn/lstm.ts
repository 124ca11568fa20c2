import type { DType } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { dispatch } from '../dispatch.ts';
import { add, mul, sigmoid, tanh } from '../expression/builder.ts';
import { type Expression, input } from '../expression/expression.ts';
import { copyProgram, type MapProgram, mapProgram } from '../expression/program.ts';
import type { LstmKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { withScratch } from '../scratch.ts';
import { transposed } from './matrices.ts';
import { gatesOf, stepsOf } from './steps.ts';

export function lstm(fields: Omit<LstmKernel, 'kind' | 'name' | 'decompose'>): LstmKernel {
  return { kind: 'fused', name: 'lstm', decompose, ...fields };
}

/** A product and a map per step: the gates are first summed up where they will stand. */
function decompose(backend: Backend, { input: x, weight, hidden, cell, reverse, outputs }: LstmKernel): void {
  const { dtype } = x;
  const program = lstmStep(dtype);
  const copy = copyProgram(dtype, dtype);
  const [hiddens, cells, gates] = outputs.map((output) => stepsOf(output, reverse)) as [View[], View[], View[]];
  withScratch(backend, (allocate) => {
    dispatch(backend, { kind: 'map', program: copy, inputs: [x], outputs: [outputs[2]], uniforms: [] });
    // A copy of the transposed weight, so that no step has to rearrange it.
    const { shape } = transposed(weight).layout;
    const factor = allocate(shape, dtype);
    dispatch(backend, { kind: 'map', program: copy, inputs: [transposed(weight)], outputs: [factor], uniforms: [] });
    let [h, c] = [hidden, cell];
    for (const [t, gate] of gates.entries()) {
      const next = [hiddens[t], cells[t]] as [View, View];
      dispatch(backend, { kind: 'matmul', a: h, b: factor, output: gate, accumulate: true });
      const parts = gatesOf(gate, 4);
      dispatch(backend, { kind: 'map', program, inputs: [...parts, c], outputs: [...parts, ...next], uniforms: [] });
      [h, c] = next;
    }
  });
}

/** One step of an LSTM. Of the sums of i, f, g and o, and c before: the gates, h and c. */
export function lstmStep(dtype: DType): MapProgram {
  const [i, f, g, o, c] = [0, 1, 2, 3, 4].map((k) => input(k, dtype)) as [
    ...[Expression, Expression, Expression, Expression],
    Expression,
  ];
  const gates = [sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)] as const;
  const cell = add(mul(gates[1], c), mul(gates[0], gates[2]));
  return mapProgram(new Array<DType>(5).fill(dtype), [], [...gates, mul(gates[3], tanh(cell)), cell]);
}
