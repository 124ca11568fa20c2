import type { Labels } from '../numbers.ts';
import { embedding, layerNorm, linear, seeded, withoutBias } from './parameters.ts';
import type { Training } from './workload.ts';

/**
 * A language model: embeddings of tokens and positions, blocks of causal attention and a GELU (in its form by tanh) between
 * linear layers, each behind its layer norm and added to its input, a last layer norm and a head. (Radford et al. 2019.)
 */
export interface Gpt extends Training<'gpt'> {
  readonly sizes: GptSizes;
  /** [batch, time] */
  readonly tokens: Labels;
  /** The class at every position: [batch time] */
  readonly targets: Labels;
}

export interface GptSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly time: number;
  readonly batch: number;
  readonly vocabulary: number;
}

export function gpt(name: string, sizes: GptSizes): Gpt {
  const { layers, width, heads, time, batch, vocabulary } = sizes;
  const block = (name: string) => ({
    ...layerNorm(`${name}.norm1`, width),
    ...linear(`${name}.qkv`, width, 3 * width),
    ...linear(`${name}.output`, width, width),
    ...layerNorm(`${name}.norm2`, width),
    ...linear(`${name}.up`, width, 4 * width),
    ...linear(`${name}.down`, 4 * width, width),
  });
  return {
    name,
    family: 'gpt',
    title: `${layers} layers of ${width}, ${heads} heads, ${time} tokens of ${vocabulary}, batch ${batch}, adamw`,
    timed: 'one training step',
    sizes,
    optimizer: { kind: 'adamw', learningRate: 1e-3, weightDecay: 0.1 },
    parameters: seeded(
      embedding('token', vocabulary, width),
      embedding('position', time, width),
      ...Array.from({ length: layers }, (_, i) => block(`blocks.${i}`)),
      layerNorm('norm', width),
      withoutBias('head', width, vocabulary),
    ),
    tokens: { shape: [batch, time], seed: 101, classes: vocabulary },
    targets: { shape: [batch * time], seed: 102, classes: vocabulary },
  };
}
