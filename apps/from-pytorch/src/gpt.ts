import * as gradus from '@gradus/gradus';
import { nn, type Tensor } from '@gradus/gradus';

const [blockSize, nEmbd, nHead, nLayer, dropout] = [16, 32, 4, 2, 0.1] as const;
const text = 'the quick brown fox jumps over the lazy dog while the slow red hen walks under an oak. '.repeat(4);
const chars = [...new Set(text)].sort();
const data = gradus.tensor(
  Array.from(text, (c) => chars.indexOf(c)),
  { dtype: 'int32' },
);

class CausalSelfAttention extends nn.Module {
  readonly cAttn = new nn.Linear(nEmbd, 3 * nEmbd);
  readonly cProj = new nn.Linear(nEmbd, nEmbd);
  readonly attnDropout = new nn.Dropout(dropout);
  readonly residDropout = new nn.Dropout(dropout);
  readonly bias = new nn.StateBuffer(gradus.tril(gradus.ones([blockSize, blockSize])));

  override forward(x: Tensor): Tensor {
    const [B, T, C] = x.shape as [number, number, number];
    const parts = this.cAttn.forward(x).split(nEmbd, { dim: 2 });
    const heads = parts.map((t) => t.reshape([B, T, nHead, C / nHead]).transpose(1, 2));
    const [q, k, v] = heads as [Tensor, Tensor, Tensor];
    let att = q.matmul(k.transpose(-2, -1)).div(Math.sqrt(C / nHead));
    att = att.maskedFill(this.bias.slice(0, 0, T).slice(1, 0, T).eq(0), -Infinity);
    att = this.attnDropout.forward(att.softmax(-1));
    const y = att.matmul(v).transpose(1, 2).reshape([B, T, C]);
    return this.residDropout.forward(this.cProj.forward(y));
  }
}

class Block extends nn.Module {
  readonly ln_1 = new nn.LayerNorm(nEmbd);
  readonly attn = new CausalSelfAttention();
  readonly ln_2 = new nn.LayerNorm(nEmbd);
  readonly cFc = new nn.Linear(nEmbd, 4 * nEmbd);
  readonly cProj = new nn.Linear(4 * nEmbd, nEmbd);
  readonly dropout = new nn.Dropout(dropout);

  override forward(x: Tensor): Tensor {
    x = x.add(this.attn.forward(this.ln_1.forward(x)));
    const hidden = gradus.gelu(this.cFc.forward(this.ln_2.forward(x)));
    return x.add(this.dropout.forward(this.cProj.forward(hidden)));
  }
}

class GPT extends nn.Module {
  readonly wte = new nn.Embedding(chars.length, nEmbd);
  readonly wpe = new nn.Embedding(blockSize, nEmbd);
  readonly h = new nn.ModuleList(Array.from({ length: nLayer }, () => new Block()));
  readonly lnF = new nn.LayerNorm(nEmbd);
  readonly lmHead = new nn.Linear(nEmbd, chars.length, { bias: false });

  constructor() {
    super();
    this.lmHead.weight = this.wte.weight;
    this.apply(this.initWeights);
  }

  initWeights(module: nn.AnyModule): void {
    if (module instanceof nn.Linear || module instanceof nn.Embedding) {
      nn.init.normal_(module.weight, { mean: 0, std: 0.02 });
    }
    if (module instanceof nn.Linear && module.bias !== null) nn.init.zeros_(module.bias);
  }

  override forward(idx: Tensor): Tensor {
    let x = this.wte.forward(idx).add(this.wpe.forward(gradus.arange(idx.shape[1] as number)));
    for (const block of this.h) x = block.forward(x);
    return this.lmHead.forward(this.lnF.forward(x));
  }

  generate(idx: Tensor, maxNewTokens: number, temperature = 1, topK = 5): Tensor {
    for (let i = 0; i < maxNewTokens; i++) {
      const logits = this.forward(idx.slice(1, -blockSize)).select(1, -1).div(temperature);
      const { values: v } = gradus.topk(logits, topK);
      const probs = logits.maskedFill(logits.lt(v.slice(1, -1)), -Infinity).softmax(-1);
      idx = gradus.cat([idx, gradus.multinomial(probs, 1)], { dim: 1 });
    }
    return idx;
  }
}

export async function train(steps: number): Promise<readonly [losses: readonly number[], generated: string]> {
  gradus.manualSeed(1337);
  const model = new GPT();
  const optimizer = new gradus.AdamW(model.parameters(), { lr: 1e-2, weightDecay: 0.1 });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const starts = [...(await gradus.randint(data.size - blockSize, [12]).data())];
    const x = gradus.stack(starts.map((i) => data.slice(0, i, i + blockSize)));
    const y = gradus.stack(starts.map((i) => data.slice(0, i + 1, i + 1 + blockSize)));
    optimizer.zeroGrad();
    const loss = gradus.crossEntropy(model.forward(x).flatten(0, 1), y.flatten());
    loss.backward();
    gradus.clipGradNorm(model.parameters(), 1);
    optimizer.step();
    losses.push(await loss.item());
  }
  model.eval();
  const tokens = gradus.noGrad(() => model.generate(gradus.tensor([[0]], { dtype: 'int32' }), 40));
  return [losses, Array.from(await tokens.data(), (i) => chars[i]).join('')];
}
