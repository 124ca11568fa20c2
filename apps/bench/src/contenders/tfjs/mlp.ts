import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import type { Mlp } from '../../workloads/mlp.ts';
import { crossEntropy, linear, oneHotOf, parametersOf, tensorOf, training } from './training.ts';

export function mlp(workload: Mlp): Step {
  const { sizes, activation } = workload;
  const parameters = parametersOf(workload);
  const x = tensorOf(workload.x);
  const lossOf = criterion(workload);
  const activate: (x: tf.Tensor) => tf.Tensor = activation === 'tanh' ? tf.tanh : tf.relu;
  const forward = (): tf.Tensor => {
    let value = linear(parameters, '0', x);
    for (let i = 1; i < sizes.length - 1; i++) value = linear(parameters, `${2 * i}`, activate(value));
    return value;
  };
  return training(workload, parameters, () => lossOf(forward()));
}

function criterion({ y }: Mlp): (output: tf.Tensor) => tf.Scalar {
  if ('classes' in y) {
    const target = oneHotOf(y);
    return (output) => crossEntropy(output, target);
  }
  const target = tensorOf(y);
  return (output) => tf.losses.meanSquaredError(target, output);
}
