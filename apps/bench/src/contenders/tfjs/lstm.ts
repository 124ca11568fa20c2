import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import type { Lstm } from '../../workloads/lstm.ts';
import { crossEntropy, linear, oneHotOf, type Parameters, parametersOf, tensorOf, training } from './training.ts';

export function lstm(workload: Lstm): Step {
  const parameters = parametersOf(workload);
  const { time, batch, inputs, hidden } = workload.sizes;
  const rows = tf.reshape(tensorOf(workload.x), [time * batch, inputs]) as tf.Tensor2D;
  const labels = oneHotOf(workload.labels);
  return training(workload, parameters, () => {
    const steps = tf.unstack(tf.reshape(projected(parameters, rows), [time, batch, 4 * hidden]));
    const recurrent = parameters['lstm.weight_hh_l0'] as tf.Variable<tf.Rank.R2>;
    let state = { h: tf.zeros([batch, hidden]), c: tf.zeros([batch, hidden]) };
    for (const x of steps) state = step(tf.add(x, tf.matMul(state.h as tf.Tensor2D, recurrent)), state.c);
    return crossEntropy(linear(parameters, 'head', state.h), labels);
  });
}

/** The inputs of all steps times their weights, with both biases, in one product. */
function projected(parameters: Parameters, rows: tf.Tensor2D): tf.Tensor {
  const product = tf.matMul(rows, parameters['lstm.weight_ih_l0'] as tf.Variable<tf.Rank.R2>);
  const bias = tf.add(parameters['lstm.bias_ih_l0'] as tf.Variable, parameters['lstm.bias_hh_l0'] as tf.Variable);
  return tf.add(product, bias);
}

function step(gates: tf.Tensor, c: tf.Tensor): { h: tf.Tensor; c: tf.Tensor } {
  const [input, forget, fresh, output] = tf.split(gates, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const cell = tf.add(tf.mul(tf.sigmoid(forget), c), tf.mul(tf.sigmoid(input), tf.tanh(fresh)));
  return { h: tf.mul(tf.sigmoid(output), tf.tanh(cell)), c: cell };
}
