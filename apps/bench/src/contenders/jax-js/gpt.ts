import { type Array as JaxArray, nn, numpy as np } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import type { Gpt, GptSizes } from '../../workloads/gpt.ts';
import { type Arrays, oneHotOf, type Transform, take } from './arrays.ts';
import { crossEntropy, linear, training } from './training.ts';

/** Between layers values are [batch time, width]. */
export function gpt(workload: Gpt, transform: Transform): Step {
  const { sizes, targets } = workload;
  const data = { tokens: oneHotOf({ ...workload.tokens, shape: targets.shape }), targets: oneHotOf(targets) };
  return training(workload, transform, data, (parameters, data) => {
    let x = embedded(parameters, take(data, 'tokens'), sizes);
    for (let i = 0; i < sizes.layers; i++) x = block(parameters, `blocks.${i}`, x, sizes);
    return crossEntropy(linear(parameters, 'head', layerNorm(parameters, 'norm', x)), take(data, 'targets'));
  });
}

function embedded(parameters: Arrays, tokens: JaxArray, { batch, time, width }: GptSizes): JaxArray {
  const rows = np.matmul(tokens, take(parameters, 'token.weight')).reshape([batch, time, width]);
  return rows.add(take(parameters, 'position.weight')).reshape([batch * time, width]);
}

function block(parameters: Arrays, name: string, x: JaxArray, sizes: GptSizes): JaxArray {
  const qkv = linear(parameters, `${name}.qkv`, layerNorm(parameters, `${name}.norm1`, x.ref));
  const attended = x.add(linear(parameters, `${name}.output`, attention(qkv, sizes)));
  const hidden = linear(parameters, `${name}.up`, layerNorm(parameters, `${name}.norm2`, attended.ref));
  return attended.add(linear(parameters, `${name}.down`, nn.gelu(hidden, { approximate: true })));
}

function attention(qkv: JaxArray, { batch, time, width, heads }: GptSizes): JaxArray {
  const parts = np.split(qkv, 3, 1).map((part) => part.reshape([batch, time, heads, width / heads]));
  const [query, key, value] = parts as [JaxArray, JaxArray, JaxArray];
  return nn.dotProductAttention(query, key, value, { isCausal: true }).reshape([batch * time, width]);
}

function layerNorm(parameters: Arrays, name: string, x: JaxArray): JaxArray {
  const normal = nn.standardize(x, -1, { epsilon: 1e-5 });
  return normal.mul(take(parameters, `${name}.weight`)).add(take(parameters, `${name}.bias`));
}
