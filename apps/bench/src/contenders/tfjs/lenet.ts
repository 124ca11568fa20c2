import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import type { LeNet } from '../../workloads/lenet.ts';
import { crossEntropy, linear, oneHotOf, type Parameters, parametersOf, tensorOf, training } from './training.ts';

/** Images and windows have their channels last, which is the only way that the gradients run. */
export function lenet(workload: LeNet): Step {
  const parameters = channelsLast(parametersOf(workload));
  const x = tf.transpose(tensorOf(workload.x) as tf.Tensor4D, [0, 2, 3, 1]);
  const labels = oneHotOf(workload.labels);
  const block = (value: tf.Tensor4D, name: string, pad: 'same' | 'valid'): tf.Tensor4D => {
    const weight = parameters[`${name}.weight`] as tf.Variable<tf.Rank.R4>;
    const convolved = tf.add(tf.conv2d(value, weight, 1, pad), parameters[`${name}.bias`] as tf.Variable);
    return tf.maxPool(tf.tanh(convolved) as tf.Tensor4D, 2, 2, 'valid');
  };
  return training(workload, parameters, () => {
    const deep = block(block(x, 'conv1', 'same'), 'conv2', 'valid');
    const hidden = tf.tanh(linear(parameters, 'fc1', tf.reshape(deep, [deep.shape[0], -1])));
    return crossEntropy(linear(parameters, 'fc3', tf.tanh(linear(parameters, 'fc2', hidden))), labels);
  });
}

/** The same network: windows [height, width, inputs, outputs], and the first linear layer's inputs in the new order. */
function channelsLast(parameters: Parameters): Parameters {
  const changed = Object.entries(parameters).map(([name, value]) => {
    if (value.rank === 4) return [name, tf.variable(tf.transpose(value, [2, 3, 1, 0]))] as const;
    if (name !== 'fc1.weight') return [name, value] as const;
    const planes = tf.reshape(value, [16, 5, 5, value.shape[1] as number]);
    return [name, tf.variable(tf.reshape(tf.transpose(planes, [1, 2, 0, 3]), value.shape))] as const;
  });
  return Object.fromEntries(changed);
}
