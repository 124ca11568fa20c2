import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import type { Elementwise } from '../../workloads/elementwise.ts';
import { tensorOf } from './training.ts';

export function elementwise(workload: Elementwise): Step {
  const inputs = workload.inputs.map(tensorOf);
  const valueAndGradients = tf.valueAndGrads((...[a, b, c, d]: tf.Tensor[]) => {
    const left = tf.tanh(tf.add(tf.mul(a as tf.Tensor, b as tf.Tensor), c as tf.Tensor));
    return tf.mean(tf.mul(left, tf.sigmoid(d as tf.Tensor)));
  });
  let last: { readonly value: tf.Tensor; readonly grads: tf.Tensor[] } | null = null;
  return () => {
    if (last !== null) tf.dispose([last.value, last.grads]);
    const { value, grads } = valueAndGradients(inputs);
    last = { value, grads };
    return async () => {
      const sum = tf.tidy(() => tf.addN([value, ...grads.map((gradient) => tf.sum(gradient))]));
      return (await sum.data())[0] as number;
    };
  };
}
