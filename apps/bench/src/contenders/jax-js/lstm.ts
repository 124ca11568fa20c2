import { type Array as JaxArray, nn, numpy as np } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import type { Lstm } from '../../workloads/lstm.ts';
import { type Arrays, arrayOf, oneHotOf, type Transform, take } from './arrays.ts';
import { crossEntropy, linear, training } from './training.ts';

export function lstm(workload: Lstm, transform: Transform): Step {
  const { time, batch, inputs, hidden } = workload.sizes;
  const data = { rows: arrayOf(workload.x).reshape([time * batch, inputs]), labels: oneHotOf(workload.labels) };
  return training(workload, transform, data, (parameters, data) => {
    const steps = projected(parameters, take(data, 'rows')).reshape([time, batch, 4 * hidden]);
    const recurrent = take(parameters, 'lstm.weight_hh_l0');
    let [h, c] = [np.zeros([batch, hidden]), np.zeros([batch, hidden])];
    for (let t = 0; t < time; t++) {
      [h, c] = step(steps.ref.slice(t).add(np.matmul(h, recurrent.ref)), c, hidden);
    }
    for (const used of [steps, recurrent, c]) used.dispose();
    return crossEntropy(linear(parameters, 'head', h), take(data, 'labels'));
  });
}

/** The inputs of all steps times their weights, with both biases, in one product. */
function projected(parameters: Arrays, rows: JaxArray): JaxArray {
  const bias = take(parameters, 'lstm.bias_ih_l0').add(take(parameters, 'lstm.bias_hh_l0'));
  return np.matmul(rows, take(parameters, 'lstm.weight_ih_l0')).add(bias);
}

function step(gates: JaxArray, c: JaxArray, hidden: number): [h: JaxArray, c: JaxArray] {
  const gate = (k: number): JaxArray => gates.ref.slice([], [k * hidden, (k + 1) * hidden]);
  const [input, forget, output] = [nn.sigmoid(gate(0)), nn.sigmoid(gate(1)), nn.sigmoid(gate(3))];
  const cell = forget.mul(c).add(input.mul(np.tanh(gate(2))));
  gates.dispose();
  return [output.mul(np.tanh(cell.ref)), cell];
}
