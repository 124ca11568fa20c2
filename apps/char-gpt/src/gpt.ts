import {
  type AnyModule,
  ArgumentError,
  arange,
  Embedding,
  functional,
  GELU,
  init,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  Sequential,
  type Tensor,
} from '@gradus/gradus';

export interface Sizes {
  readonly layers: number;
  /** Numbers per character; `heads` must divide it. */
  readonly width: number;
  readonly heads: number;
  /** Characters that are seen at once. */
  readonly context: number;
}

/** Every position looks at itself and those before it. */
class CausalSelfAttention extends Module {
  readonly qkv: Linear;
  readonly output: Linear;
  readonly heads: number;

  constructor({ width, heads }: Sizes) {
    super();
    this.qkv = new Linear(width, 3 * width);
    this.output = new Linear(width, width);
    this.heads = heads;
  }

  override forward(x: Tensor): Tensor {
    const [batch, time, width] = x.shape as readonly [number, number, number];
    const apart = (part: Tensor): Tensor => part.reshape([batch, time, this.heads, -1]).transpose(1, 2);
    const [query, key, value] = this.qkv.forward(x).chunk(3, { dim: -1 }).map(apart) as [Tensor, Tensor, Tensor];
    const attended = functional.scaledDotProductAttention(query, key, value, { isCausal: true });
    return this.output.forward(attended.transpose(1, 2).reshape([batch, time, width]));
  }
}

class Block extends Module {
  readonly attentionNorm: LayerNorm;
  readonly attention: CausalSelfAttention;
  readonly feedForwardNorm: LayerNorm;
  readonly feedForward: Sequential;

  constructor(sizes: Sizes) {
    super();
    const { width } = sizes;
    this.attentionNorm = new LayerNorm(width);
    this.attention = new CausalSelfAttention(sizes);
    this.feedForwardNorm = new LayerNorm(width);
    this.feedForward = new Sequential(
      new Linear(width, 4 * width),
      new GELU({ approximate: 'tanh' }),
      new Linear(4 * width, width),
    );
  }

  override forward(x: Tensor): Tensor {
    x = x.add(this.attention.forward(this.attentionNorm.forward(x)));
    return x.add(this.feedForward.forward(this.feedForwardNorm.forward(x)));
  }
}

/** A decoder-only transformer as GPT-2 (Radford et al. 2019): characters [batch, time] to logits [batch, time, vocabulary]. */
export class Gpt extends Module {
  readonly context: number;
  readonly character: Embedding;
  readonly position: Embedding;
  readonly blocks: ModuleList<Block>;
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor(vocabularySize: number, sizes: Sizes) {
    super();
    const { layers, width, heads, context } = sizes;
    if (width % heads !== 0) throw new ArgumentError(`a width of ${width} can't be divided among ${heads} heads`);
    this.context = context;
    this.character = new Embedding(vocabularySize, width);
    this.position = new Embedding(context, width);
    this.blocks = new ModuleList(Array.from({ length: layers }, () => new Block(sizes)));
    this.norm = new LayerNorm(width);
    this.head = new Linear(width, vocabularySize, { bias: false });
    this.apply(initialize);
  }

  override forward(characters: Tensor): Tensor {
    const positions = arange(characters.shape[1] as number);
    let x = this.character.forward(characters).add(this.position.forward(positions));
    for (const block of this.blocks) x = block.forward(x);
    return this.head.forward(this.norm.forward(x));
  }
}

function initialize(module: AnyModule): void {
  if (module instanceof Linear || module instanceof Embedding) init.normal_(module.weight, { std: 0.02 });
  if (module instanceof Linear && module.bias !== null) init.zeros_(module.bias);
}
