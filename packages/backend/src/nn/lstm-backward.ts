import { type DType, reshape, slice } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { dispatch } from '../dispatch.ts';
import { add, mul, sub, tanh } from '../expression/builder.ts';
import { type Expression, input } from '../expression/expression.ts';
import { fillProgram, type MapProgram, mapProgram } from '../expression/program.ts';
import type { LstmBackwardKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { copyView, withLayout, withScratch } from '../scratch.ts';
import { transposed } from './matrices.ts';
import { gatesOf, stepsOf } from './steps.ts';

export function lstmBackward(fields: Omit<LstmBackwardKernel, 'kind' | 'name' | 'decompose'>): LstmBackwardKernel {
  return { kind: 'fused', name: 'lstmBackward', decompose, ...fields };
}

/** A map and a product per step, from the last one back; the weight's gradient is one product over all of them. */
function decompose(backend: Backend, kernel: LstmBackwardKernel): void {
  const { ofHidden, ofCells, weight, cell, reverse, results, outputs } = kernel;
  const { dtype } = weight;
  const [ofInput, , ofFirstHidden, ofFirstCell] = outputs;
  const program = lstmStepBackward(dtype, ofHidden !== null, ofCells !== null);
  const [, cells, gates] = results.map((result) => stepsOf(result, reverse)) as [View[], View[], View[]];
  const [sums, afterHidden, afterCell] = [ofInput, ofHidden, ofCells].map((view) => view && stepsOf(view, reverse));
  for (const output of [ofFirstHidden, ofFirstCell]) {
    dispatch(backend, { kind: 'map', program: fillProgram(dtype), inputs: [], outputs: [output], uniforms: [0] });
  }
  for (let t = gates.length - 1; t >= 0; t--) {
    const [gate, sum] = [gates[t] as View, sums?.[t] as View];
    const given = [afterHidden?.[t], afterCell?.[t]].filter((view) => view !== undefined);
    const before = t === 0 ? cell : (cells[t - 1] as View);
    const inputs = [...gatesOf(gate, 4), cells[t] as View, before, ofFirstHidden, ofFirstCell, ...given];
    dispatch(backend, { kind: 'map', program, inputs, outputs: [...gatesOf(sum, 4), ofFirstCell], uniforms: [] });
    dispatch(backend, { kind: 'matmul', a: sum, b: weight, output: ofFirstHidden, accumulate: false });
  }
  weightGradient(backend, kernel, sums?.[0] as View);
}

/** The sum over all steps of the gradients of the gates' sums by the h before, which is given for the first step alone. */
function weightGradient(
  backend: Backend,
  { hidden, reverse, results, outputs }: LstmBackwardKernel,
  first: View,
): void {
  const [ofInput, ofWeight] = outputs;
  const steps = ofInput.layout.shape[0] as number;
  dispatch(backend, { kind: 'matmul', a: transposed(first), b: hidden, output: ofWeight, accumulate: false });
  if (steps === 1) return;
  withScratch(backend, (allocate) => {
    // Rows of all steps but one: of the sums without the first that is taken, of h without the last.
    const rows = (view: View, from: number): View => {
      const part = withLayout(view, slice(view.layout, 0, from, steps - 1, 1));
      const { size, shape } = part.layout;
      const width = shape[2] as number;
      const layout = reshape(part.layout, [size / width, width]);
      if (layout !== null) return withLayout(part, layout);
      const copy = allocate([size / width, width], part.dtype);
      copyView(backend, part, withLayout(copy, reshape(copy.layout, shape) as View['layout']));
      return copy;
    };
    const [later, earlier] = reverse ? [0, 1] : [1, 0];
    const [a, b] = [transposed(rows(ofInput, later)), rows(results[0], earlier)];
    dispatch(backend, { kind: 'matmul', a, b, output: ofWeight, accumulate: true });
  });
}

/**
 * One step back. Of the gates, c after and before the step, and the gradients of h and c from later steps and (where given) from
 * outside: the gradients of the gates' sums and of c before.
 */
export function lstmStepBackward(dtype: DType, withHidden: boolean, withCells: boolean): MapProgram {
  const count = 8 + Number(withHidden) + Number(withCells);
  const operands = Array.from({ length: count }, (_, k) => input(k, dtype)) as Expression[];
  const [i, f, g, o, after, before, laterHidden, laterCell] = operands as [
    ...[Expression, Expression, Expression, Expression],
    ...[Expression, Expression, Expression, Expression],
  ];
  const ofHidden = withHidden ? add(laterHidden, operands[8] as Expression) : laterHidden;
  const outside = withCells ? add(laterCell, operands[count - 1] as Expression) : laterCell;
  const level = tanh(after);
  const ofCell = add(outside, mul(mul(ofHidden, o), sub(1, mul(level, level))));
  const throughSigmoid = (gate: Expression, by: Expression): Expression => mul(by, mul(gate, sub(1, gate)));
  return mapProgram(
    new Array<DType>(count).fill(dtype),
    [],
    [
      throughSigmoid(i, mul(ofCell, g)),
      throughSigmoid(f, mul(ofCell, before)),
      mul(mul(ofCell, i), sub(1, mul(g, g))),
      throughSigmoid(o, mul(ofHidden, level)),
      mul(ofCell, f),
    ],
  );
}
