import { ArgumentError } from '@gradus/storage';
import { empty, type Tensor, zeros } from '@gradus/tensor';
import { multiHeadAttention } from '@gradus/tensor/functional';
import { xavierNormal_, xavierUniform_, zeros_ } from '../init/index.ts';
import { Linear } from '../layers/index.ts';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';

export interface MultiheadAttentionOptions extends ParameterOptions {
  /** The probability that a weight is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Whether both projections have a bias. Default true. */
  readonly bias?: boolean;
  /** Learn one more key and value for all to look at. Default false. */
  readonly addBiasKv?: boolean;
  /** One more key and value of zeros. Default false. */
  readonly addZeroAttn?: boolean;
  /** Width of keys; that of queries if left out. */
  readonly kdim?: number;
  /** Width of values; that of queries if left out. */
  readonly vdim?: number;
  /** Axes are [batch, time, width] instead of [time, batch, width]. Default false. */
  readonly batchFirst?: boolean;
}

export interface AttentionForwardOptions {
  /** Keys to leave out: [batch, keys] (or [keys]), bool, or floats added to the scores. */
  readonly keyPaddingMask?: Tensor | null;
  /** Default true. */
  readonly needWeights?: boolean;
  /** Pairs to leave out: [queries, keys] or [batch heads, queries, keys], bool, or floats added to the scores. */
  readonly attnMask?: Tensor | null;
  /** Mean over the heads, instead of the weights of each. Default true. */
  readonly averageAttnWeights?: boolean;
}

type Inputs = [query: Tensor, key: Tensor, value: Tensor, options?: AttentionForwardOptions];

/**
 * Attention by several heads. Query [L, N, E] (with `batchFirst` [N, L, E], or without N), keys and values [S, N, ...];
 * gives [output, weights], where weights is null unless `needWeights`. (Vaswani et al. 2017.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 */
export class MultiheadAttention extends Module<Inputs, [output: Tensor, weights: Tensor | null]> {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  inProjWeight: Parameter | null;
  qProjWeight: Parameter | null;
  kProjWeight: Parameter | null;
  vProjWeight: Parameter | null;
  inProjBias: Parameter | null;
  biasK: Parameter | null;
  biasV: Parameter | null;
  readonly outProj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const { dropout = 0, bias = true, addBiasKv = false, addZeroAttn = false, batchFirst = false } = options;
    const { kdim = embedDim, vdim = embedDim } = options;
    if (embedDim % numHeads !== 0) {
      throw new ArgumentError(`MultiheadAttention: ${numHeads} heads don't divide a width of ${embedDim}`);
    }
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const together = kdim === embedDim && vdim === embedDim;
    const weight = (...shape: number[]): Parameter => new Parameter(empty(shape, options));
    this.inProjWeight = together ? weight(3 * embedDim, embedDim) : null;
    this.qProjWeight = together ? null : weight(embedDim, embedDim);
    this.kProjWeight = together ? null : weight(embedDim, kdim);
    this.vProjWeight = together ? null : weight(embedDim, vdim);
    this.inProjBias = bias ? new Parameter(zeros([3 * embedDim], options)) : null;
    this.biasK = addBiasKv ? weight(1, 1, embedDim) : null;
    this.biasV = addBiasKv ? weight(1, 1, embedDim) : null;
    this.outProj = new Linear(embedDim, embedDim, { ...options, bias });
    this.resetParameters();
  }

  /** Draws new projections of the inputs, as PyTorch's default does; the biases become 0. */
  resetParameters(): void {
    for (const weight of [this.inProjWeight, this.qProjWeight, this.kProjWeight, this.vProjWeight]) {
      if (weight !== null) xavierUniform_(weight);
    }
    for (const bias of [this.inProjBias, this.outProj.bias]) if (bias !== null) zeros_(bias);
    for (const row of [this.biasK, this.biasV]) if (row !== null) xavierNormal_(row);
  }

  override forward(...[query, key, value, options = {}]: Inputs): [output: Tensor, weights: Tensor | null] {
    const { inProjBias, outProj, biasK, biasV } = this;
    const inProj =
      this.inProjWeight ?? ([this.qProjWeight, this.kProjWeight, this.vProjWeight] as [Tensor, Tensor, Tensor]);
    const { output, weights } = multiHeadAttention(
      query,
      key,
      value,
      { inProj, inProjBias, outProj: outProj.weight, outProjBias: outProj.bias, biasK, biasV },
      {
        ...options,
        heads: this.numHeads,
        batchFirst: this.batchFirst,
        addZeroAttn: this.addZeroAttn,
        dropoutP: this.training ? this.dropout : 0,
      },
    );
    return [output, weights];
  }

  protected override describe(): string {
    return `${this.embedDim}, ${this.numHeads}`;
  }
}
