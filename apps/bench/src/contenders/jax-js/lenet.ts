import { type Array as JaxArray, lax, numpy as np } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import type { LeNet } from '../../workloads/lenet.ts';
import { type Arrays, arrayOf, oneHotOf, type Transform, take } from './arrays.ts';
import { crossEntropy, linear, training } from './training.ts';

export function lenet(workload: LeNet, transform: Transform): Step {
  const data = { x: arrayOf(workload.x), labels: oneHotOf(workload.labels) };
  return training(workload, transform, data, (parameters, data) => {
    const deep = block(parameters, 'conv2', block(parameters, 'conv1', take(data, 'x'), 2), 0);
    const hidden = np.tanh(linear(parameters, 'fc1', deep.reshape([workload.x.shape[0] as number, -1])));
    const logits = linear(parameters, 'fc3', np.tanh(linear(parameters, 'fc2', hidden)));
    return crossEntropy(logits, take(data, 'labels'));
  });
}

function block(parameters: Arrays, name: string, x: JaxArray, padding: number): JaxArray {
  const around: [number, number] = [padding, padding];
  const convolved = lax.conv(x, take(parameters, `${name}.weight`), [1, 1], [around, around]);
  const biased = convolved.add(take(parameters, `${name}.bias`).reshape([-1, 1, 1]));
  return lax.reduceWindow(np.tanh(biased), np.max, [2, 2], [2, 2]);
}
