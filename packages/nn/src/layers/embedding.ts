import { empty, type Tensor, unrecorded } from '@gradus/tensor';
import { type EmbeddingOptions, embedding } from '@gradus/tensor/functional';
import { normal_ } from '../init/index.ts';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';

/** The row of `paddingIdx` starts as zeros and isn't trained. */
export interface EmbeddingLayerOptions extends ParameterOptions, EmbeddingOptions {}

/**
 * A table of vectors, looked up by int32 indices [...]; gives [..., dim].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html
 */
export class Embedding extends Module {
  readonly weight: Parameter;
  readonly paddingIdx: number | null;
  readonly #lookup: EmbeddingOptions;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super();
    const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    this.#lookup = { paddingIdx: this.paddingIdx, maxNorm, normType, scaleGradByFreq };
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim], options));
    this.resetParameters();
  }

  /** Normal with mean 0 and standard deviation 1. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) unrecorded(() => this.weight.select(0, paddingIdx).fill_(0));
  }

  override forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, this.#lookup);
  }

  protected override describe(): string {
    return this.weight.shape.join(', ');
  }
}
