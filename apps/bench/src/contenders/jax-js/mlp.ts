import { type Array as JaxArray, nn, numpy as np } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import type { Mlp } from '../../workloads/mlp.ts';
import { arrayOf, oneHotOf, type Transform, take } from './arrays.ts';
import { crossEntropy, linear, training } from './training.ts';

export function mlp(workload: Mlp, transform: Transform): Step {
  const { sizes, activation, y } = workload;
  const activate = activation === 'tanh' ? np.tanh : nn.relu;
  const criterion = 'classes' in y ? crossEntropy : squaredError;
  const data = { x: arrayOf(workload.x), y: 'classes' in y ? oneHotOf(y) : arrayOf(y) };
  return training(workload, transform, data, (parameters, data) => {
    let value = linear(parameters, '0', take(data, 'x'));
    for (let i = 1; i < sizes.length - 1; i++) value = linear(parameters, `${2 * i}`, activate(value));
    return criterion(value, take(data, 'y'));
  });
}

function squaredError(output: JaxArray, target: JaxArray): JaxArray {
  return np.square(output.sub(target)).mean();
}
