import * as tf from '@tensorflow/tfjs-core';
import type { Step } from '../../contender.ts';
import type { Gpt, GptSizes } from '../../workloads/gpt.ts';
import { crossEntropy, linear, oneHotOf, type Parameters, parametersOf, training } from './training.ts';

/** Between layers values are [batch time, width]: matrix products with two axes are the fast ones. */
export function gpt(workload: Gpt): Step {
  const { sizes } = workload;
  const parameters = parametersOf(workload);
  const tokens = oneHotOf({ ...workload.tokens, shape: workload.targets.shape });
  const targets = oneHotOf(workload.targets);
  // Added to scores; queries are rows.
  const future = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([sizes.time, sizes.time]), -1, 0)), -1e9);
  return training(workload, parameters, () => {
    let x = embedded(parameters, tokens, sizes);
    for (let i = 0; i < sizes.layers; i++) x = block(parameters, `blocks.${i}`, x, future, sizes);
    return crossEntropy(linear(parameters, 'head', layerNorm(parameters, 'norm', x)), targets);
  });
}

/** A product with one-hot rows: the gradient of a gather has no kernel on the wasm backend. */
function embedded(parameters: Parameters, tokens: tf.Tensor2D, { batch, time, width }: GptSizes): tf.Tensor {
  const rows = tf.matMul(tokens, parameters['token.weight'] as tf.Variable<tf.Rank.R2>);
  const placed = tf.add(tf.reshape(rows, [batch, time, width]), parameters['position.weight'] as tf.Variable);
  return tf.reshape(placed, [batch * time, width]);
}

function block(parameters: Parameters, name: string, x: tf.Tensor, future: tf.Tensor, sizes: GptSizes): tf.Tensor {
  const qkv = linear(parameters, `${name}.qkv`, layerNorm(parameters, `${name}.norm1`, x));
  const attended = tf.add(x, linear(parameters, `${name}.output`, attention(qkv, future, sizes)));
  const hidden = gelu(linear(parameters, `${name}.up`, layerNorm(parameters, `${name}.norm2`, attended)));
  return tf.add(attended, linear(parameters, `${name}.down`, hidden));
}

function attention(qkv: tf.Tensor, future: tf.Tensor, { batch, time, width, heads }: GptSizes): tf.Tensor {
  const features = width / heads;
  const apart = tf.transpose(tf.reshape(qkv, [batch, time, 3, heads, features]), [2, 0, 3, 1, 4]);
  const [query, key, value] = tf.unstack(apart) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(features));
  const attended = tf.matMul(tf.softmax(tf.add(scores, future)), value);
  return tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [batch * time, width]);
}

function layerNorm(parameters: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
  const [weight, bias] = [parameters[`${name}.weight`], parameters[`${name}.bias`]] as [tf.Variable, tf.Variable];
  return tf.add(tf.mul(normal, weight), bias);
}

function gelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}
