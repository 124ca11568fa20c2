import { dispatch } from '@gradus/backend';
import { lstmBackward, lstmStepBackward } from '@gradus/backend/nn';
import { zeros } from '../creation.ts';
import { allocate, mapMany, transform } from '../launch/index.ts';
import type { GradientContext, GradientRule } from '../operation.ts';
import { cat, stack } from '../ops/joining.ts';
import { matmul } from '../ops/matmul.ts';
import { select } from '../ops/movement.ts';
import { add } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { lstmSteps, timesOf } from './lstm-steps.ts';

type Arrived = readonly (Tensor | null)[];

/** Inputs are the projected inputs, the weight, h and c before; outputs h and c after every step, and the gates. */
export function lstmRule(reverse: boolean): GradientRule {
  return {
    saves: { inputs: [0, 1, 2, 3], outputs: [0, 1, 2] },
    backward(context, gradients) {
      const arrived = gradients.filter((g) => g !== null);
      if (arrived.length === 0) return [];
      let results: readonly Tensor[] | null = null;
      const isComposed = context.createGraph || transform?.takes(arrived);
      const gradientsOf = isComposed ? composedGradients : fusedGradients;
      return context.needs.map((_, i) => () => {
        results ??= gradientsOf(context, gradients, reverse);
        return results[i] as Tensor;
      });
    },
  };
}

function fusedGradients({ input, output }: GradientContext, [ofHidden, ofCells]: Arrived, reverse: boolean): Tensor[] {
  const inputs = [0, 1, 2, 3].map(input) as [Tensor, Tensor, Tensor, Tensor];
  const [x, weight, hidden, cell] = inputs;
  const outputs = inputs.map(({ shape }) => allocate(x.backend, shape, x.dtype));
  const kernel = lstmBackward({
    ofHidden: ofHidden ?? null,
    ofCells: ofCells ?? null,
    weight,
    hidden,
    cell,
    reverse,
    results: [output(0), output(1), output(2)],
    outputs: outputs as [Tensor, Tensor, Tensor, Tensor],
  });
  dispatch(x.backend, kernel);
  return outputs;
}

/** Of ops, which can be differentiated again: everything is a function of the inputs. */
function composedGradients({ input }: GradientContext, [ofHidden, ofCells]: Arrived, reverse: boolean): Tensor[] {
  const [x, weight, hidden, cell] = [0, 1, 2, 3].map(input) as [Tensor, Tensor, Tensor, Tensor];
  const steps = lstmSteps(x, weight, hidden, cell, reverse);
  const order = timesOf(x, reverse);
  const program = lstmStepBackward(x.dtype, Boolean(ofHidden), Boolean(ofCells));
  const ofSums = new Array<Tensor>(order.length);
  const ofWeights: Tensor[] = [];
  let laterHidden = zeros(hidden.shape, { dtype: x.dtype, backend: x.backend });
  let laterCell = laterHidden;
  for (const [k, t] of [...order.entries()].reverse()) {
    const { gates, c } = steps[t] as (typeof steps)[number];
    const before = steps[order[k - 1] ?? -1] ?? { h: hidden, c: cell };
    const given = [ofHidden, ofCells].filter((g) => g !== null && g !== undefined).map((g) => select(g, 0, t));
    const operands = [...gates, c, before.c, laterHidden, laterCell, ...given];
    const results = mapMany('lstm', program, operands);
    const ofSum = cat(results.slice(0, 4), { dim: 1 });
    ofSums[t] = ofSum;
    ofWeights.push(matmul(ofSum.mT, before.h));
    laterHidden = matmul(ofSum, weight);
    laterCell = results[4] as Tensor;
  }
  return [stack(ofSums), ofWeights.reduce((a, b) => add(a, b)), laterHidden, laterCell];
}
