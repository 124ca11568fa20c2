import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import type { Contender } from '../contender.ts';
import { batchOf, layersOf, type Workload } from '../workload.ts';

/** TensorFlow.js on its plain JavaScript backend, which is always eager. */
export const contender: Contender = async (workload) => {
  await tf.setBackend('cpu');
  const layers = layersOf(workload).map(({ inputs, outputs, weight, bias }) => ({
    weight: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
    bias: tf.variable(tf.tensor1d(bias)),
  }));
  const x = tf.tensor2d(batchOf(workload).x, [workload.batch, workload.sizes[0] as number]);
  const lossOf = criterion(workload);
  const activate: (x: tf.Tensor2D) => tf.Tensor2D = workload.activation === 'tanh' ? tf.tanh : tf.relu;
  const forward = (): tf.Tensor2D =>
    layers.reduce((value, { weight, bias }, i) => {
      const input = i === 0 ? value : activate(value);
      return tf.add(tf.matMul(input, weight as tf.Tensor2D), bias) as tf.Tensor2D;
    }, x);
  const { learningRate } = workload;
  const optimizer =
    workload.optimizer === 'adam' ? tf.train.adam(learningRate, 0.9, 0.999, 1e-8) : tf.train.sgd(learningRate);
  let last: tf.Scalar | null = null;
  return () => {
    last?.dispose();
    const loss = optimizer.minimize(() => lossOf(forward()), true) as tf.Scalar;
    last = loss;
    return () => loss.dataSync()[0] as number;
  };
};

function criterion(workload: Workload): (output: tf.Tensor2D) => tf.Scalar {
  const { y, labels } = batchOf(workload);
  const outputs = workload.sizes[workload.sizes.length - 1] as number;
  if (labels !== null) {
    const target = tf.oneHot(tf.tensor1d(labels, 'int32'), outputs);
    return (output) => tf.losses.softmaxCrossEntropy(target, output);
  }
  const target = tf.tensor2d(y as Float32Array<ArrayBuffer>, [workload.batch, outputs]);
  return (output) => tf.losses.meanSquaredError(target, output);
}
