import {
  crossEntropy,
  Embedding,
  functional,
  GELU,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  type Tensor,
} from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import type { Gpt, GptSizes } from '../../workloads/gpt.ts';
import { tensorOf, training } from './training.ts';

class Block extends Module {
  readonly norm1: LayerNorm;
  readonly qkv: Linear;
  readonly output: Linear;
  readonly norm2: LayerNorm;
  readonly up: Linear;
  readonly gelu = new GELU({ approximate: 'tanh' });
  readonly down: Linear;
  readonly heads: number;

  constructor({ width, heads }: GptSizes) {
    super();
    this.norm1 = new LayerNorm(width);
    this.qkv = new Linear(width, 3 * width);
    this.output = new Linear(width, width);
    this.norm2 = new LayerNorm(width);
    this.up = new Linear(width, 4 * width);
    this.down = new Linear(4 * width, width);
    this.heads = heads;
  }

  override forward(x: Tensor): Tensor {
    const attended = x.add(this.attend(this.norm1.forward(x)));
    const hidden = this.gelu.forward(this.up.forward(this.norm2.forward(attended)));
    return attended.add(this.down.forward(hidden));
  }

  private attend(x: Tensor): Tensor {
    const [batch, time, width] = x.shape as readonly [number, number, number];
    const apart = (part: Tensor): Tensor => part.reshape([batch, time, this.heads, -1]).transpose(1, 2);
    const [query, key, value] = this.qkv.forward(x).chunk(3, { dim: -1 }).map(apart) as [Tensor, Tensor, Tensor];
    const attended = functional.scaledDotProductAttention(query, key, value, { isCausal: true });
    return this.output.forward(attended.transpose(1, 2).reshape([batch, time, width]));
  }
}

class Model extends Module {
  readonly token: Embedding;
  readonly position: Embedding;
  readonly blocks: ModuleList<Block>;
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor(sizes: GptSizes) {
    super();
    const { layers, width, time, vocabulary } = sizes;
    this.token = new Embedding(vocabulary, width);
    this.position = new Embedding(time, width);
    this.blocks = new ModuleList(Array.from({ length: layers }, () => new Block(sizes)));
    this.norm = new LayerNorm(width);
    this.head = new Linear(width, vocabulary, { bias: false });
  }

  override forward(tokens: Tensor): Tensor {
    let x = this.token.forward(tokens).add(this.position.weight);
    for (const block of this.blocks) x = block.forward(x);
    return this.head.forward(this.norm.forward(x));
  }
}

export function gpt(workload: Gpt): Step {
  const model = new Model(workload.sizes);
  const [tokens, targets] = [tensorOf(workload.tokens), tensorOf(workload.targets)];
  return training(workload, model, () => crossEntropy(model.forward(tokens).flatten(0, 1), targets));
}
