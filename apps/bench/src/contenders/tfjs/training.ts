import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import { fill, fillLabels, type Labels, type Numbers } from '../../numbers.ts';
import type { Optimization, Training } from '../../workloads/workload.ts';

export type Parameters = Readonly<Record<string, tf.Variable>>;

export function tensorOf(numbers: Numbers): tf.Tensor {
  return tf.tensor(fill(numbers), [...numbers.shape]);
}

/** One row per label. */
export function oneHotOf(labels: Labels): tf.Tensor2D {
  return tf.oneHot(tf.tensor1d(fillLabels(labels), 'int32'), labels.classes) as tf.Tensor2D;
}

/** The start, with linear weights as [inputs, outputs]. */
export function parametersOf({ parameters }: Training<string>): Parameters {
  const variables = Object.entries(parameters).map(([name, numbers]) => {
    const start = tensorOf(numbers);
    return [name, tf.variable(numbers.linear ? tf.transpose(start) : start)] as const;
  });
  return Object.fromEntries(variables);
}

/** Forward, backward and update. */
export function training({ optimizer }: Training<string>, parameters: Parameters, lossOf: () => tf.Scalar): Step {
  const update = updateOf(optimizer, parameters);
  let last: tf.Scalar | null = null;
  return () => {
    last?.dispose();
    const { value, grads } = tf.variableGrads(lossOf);
    update(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
    tf.dispose(grads);
    last = value;
    return async () => (await value.data())[0] as number;
  };
}

type Gradients = { name: string; tensor: tf.Tensor }[];

function updateOf(optimizer: Optimization, parameters: Parameters): (gradients: Gradients) => void {
  const { kind, learningRate } = optimizer;
  if (kind === 'sgd') {
    const { momentum } = optimizer;
    const sgd = momentum === 0 ? tf.train.sgd(learningRate) : tf.train.momentum(learningRate, momentum);
    return (gradients) => sgd.applyGradients(gradients);
  }
  const adam = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const shrink = kind === 'adamw' ? 1 - learningRate * optimizer.weightDecay : 1;
  return (gradients) => {
    if (shrink !== 1) for (const one of Object.values(parameters)) tf.tidy(() => one.assign(tf.mul(one, shrink)));
    adam.applyGradients(gradients);
  };
}

/** x [rows, inputs] by a weight [inputs, outputs] and its bias. */
export function linear(parameters: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  const product = tf.matMul(x as tf.Tensor2D, parameters[`${name}.weight`] as tf.Variable<tf.Rank.R2>);
  const bias = parameters[`${name}.bias`];
  return bias === undefined ? product : tf.add(product, bias);
}

/** Mean over the rows. */
export function crossEntropy(logits: tf.Tensor, oneHot: tf.Tensor2D): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(oneHot, logits);
}
