import type { Numbers } from '../numbers.ts';
import { type Gpt, type GptSizes, gpt } from '../workloads/gpt.ts';
import { type Matmul, matmul } from '../workloads/matmul.ts';

/** Causal attention and its gradients by queries, keys and values; what is compared is the mean of the squared result. */
export interface Attention {
  readonly name: string;
  readonly family: 'attention';
  /** Queries, keys and values: [batch, heads, time, features] */
  readonly inputs: readonly [query: Numbers, key: Numbers, value: Numbers];
}

/** What is timed on a card: data that every language reads. */
export interface Task {
  readonly workload: Matmul | Gpt | Attention;
  /** Operations on float32 that it takes; of causal attention those on the half that is seen. */
  readonly flops: number;
}

/** `small`: for processors that play a card. */
export function tasksOf(small: boolean): readonly Task[] {
  const products = small ? [128, 256, 512] : [1024, 2048, 4096, 8192];
  return [
    ...products.map((size): Task => ({ workload: matmul(`matmul ${size}`, size), flops: 2 * size ** 3 })),
    small ? attention(2, 4, 128, 32) : attention(8, 16, 2048, 64),
    training(
      small
        ? { layers: 1, width: 64, heads: 2, time: 64, batch: 4, vocabulary: 96 }
        : { layers: 8, width: 768, heads: 12, time: 512, batch: 16, vocabulary: 8192 },
    ),
  ];
}

/** Two products forward, and five backward, where the scores are made again. */
function attention(batch: number, heads: number, time: number, features: number): Task {
  const input = (seed: number): Numbers => ({ shape: [batch, heads, time, features], seed, scale: 1, center: 0 });
  return {
    workload: {
      name: `attention ${batch} x ${heads} x ${time} x ${features}, forward and backward`,
      family: 'attention',
      inputs: [input(1), input(2), input(3)],
    },
    flops: (2 + 5) * batch * heads * time ** 2 * features,
  };
}

/** Every weight of a product multiplies every token, once forward and twice backward. */
function training(sizes: GptSizes): Task {
  const { layers, width, time, batch, vocabulary, heads } = sizes;
  const weights = layers * 12 * width ** 2 + vocabulary * width;
  const { flops } = attention(batch, heads, time, width / heads);
  const name = `gpt ${layers} x ${width}, ${heads} heads, ${batch} x ${time} tokens, training step`;
  return { workload: gpt(name, sizes), flops: 6 * weights * batch * time + layers * flops };
}
