import { type Array as JaxArray, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import type { Training } from '../../workloads/workload.ts';
import { type Arrays, arrayOf, type Compute, type Transform, take } from './arrays.ts';
import { momentsOf, type Numbers, updateOf } from './optimizer.ts';

/** The loss of parameters on data. Whatever of both is read more than once has to be held with `.ref`. */
type LossOf = (parameters: Arrays, data: Arrays) => JaxArray;

/** Forward, backward and update. */
export function training(workload: Training<string>, transform: Transform, data: Arrays, lossOf: LossOf): Step {
  const run = transform(stepOf(workload, lossOf));
  let parameters = parametersOf(workload);
  let { mean, square } = momentsOf(workload.optimizer, parameters);
  let last: JaxArray | null = null;
  let time = 0;
  return async () => {
    last?.dispose();
    const numbers: Numbers = { rate: np.array(workload.optimizer.learningRate), time: np.array(++time) };
    const results = run(parameters, mean, square, numbers, tree.ref(data));
    const [{ loss }, ...state] = results as [{ loss: JaxArray }, Arrays, Arrays, Arrays];
    [parameters, mean, square] = state;
    last = loss;
    // Work is lazy until a value is asked for; the loss needs what the step before it computed.
    const [value] = await loss.ref.data();
    return () => value as number;
  };
}

function stepOf({ optimizer }: Training<string>, lossOf: LossOf): Compute {
  const lossAndGradients = valueAndGrad(lossOf);
  const update = updateOf(optimizer);
  return (...inputs) => {
    const [parameters, mean, square, numbers, data] = inputs as [Arrays, Arrays, Arrays, Numbers, Arrays];
    const [loss, gradients] = lossAndGradients(tree.ref(parameters), data);
    return [{ loss }, ...update(parameters, gradients, { mean, square }, numbers)];
  };
}

/** The start, with linear weights as [inputs, outputs]. */
function parametersOf({ parameters }: Training<string>): Arrays {
  const arrays = Object.entries(parameters).map(([name, numbers]) => {
    return [name, numbers.linear ? np.transpose(arrayOf(numbers)) : arrayOf(numbers)] as const;
  });
  return Object.fromEntries(arrays);
}

/** x [rows, inputs] by a weight [inputs, outputs] and its bias. */
export function linear(parameters: Arrays, name: string, x: JaxArray): JaxArray {
  const product = np.matmul(x, take(parameters, `${name}.weight`));
  const bias = parameters[`${name}.bias`];
  return bias === undefined ? product : product.add(bias);
}

/** Mean over the rows. */
export function crossEntropy(logits: JaxArray, oneHot: JaxArray): JaxArray {
  const rows = logits.shape[0] as number;
  return nn
    .logSoftmax(logits)
    .mul(oneHot)
    .sum()
    .mul(-1 / rows);
}
