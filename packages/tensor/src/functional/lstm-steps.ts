import { lstmStep } from '@gradus/backend/nn';
import { mapMany, split } from '../launch/index.ts';
import { matmul } from '../ops/matmul.ts';
import { select } from '../ops/movement.ts';
import { add } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/** The gates i, f, g, o and the state after one step. */
export interface LstmStep {
  readonly gates: readonly Tensor[];
  readonly h: Tensor;
  readonly c: Tensor;
}

/** An LSTM's steps as ops, in the order of time. */
export function lstmSteps(x: Tensor, weight: Tensor, hidden: Tensor, cell: Tensor, reverse: boolean): LstmStep[] {
  const order = timesOf(x, reverse);
  const steps = new Array<LstmStep>(order.length);
  const width = hidden.shape[1] as number;
  let [h, c] = [hidden, cell];
  for (const t of order) {
    const sums = add(select(x, 0, t), matmul(h, weight.mT));
    const parts = split(sums, [width, width, width, width], 1);
    const results = mapMany('lstm', lstmStep(x.dtype), [...parts, c]);
    [h, c] = results.slice(4) as [Tensor, Tensor];
    steps[t] = { gates: results.slice(0, 4), h, c };
  }
  return steps;
}

/** Steps in the order in which they are taken. */
export function timesOf(x: Tensor, reverse: boolean): readonly number[] {
  const times = Array.from({ length: x.shape[0] as number }, (_, t) => t);
  return reverse ? times.reverse() : times;
}
