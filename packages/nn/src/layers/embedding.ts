import { empty, type Tensor, unrecorded } from '@gradus/tensor';
import { type EmbeddingBagOptions, type EmbeddingOptions, embedding, embeddingBag } from '@gradus/tensor/functional';
import { normal_ } from '../init/distribution.ts';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';

/** The row of `paddingIdx` starts as zeros and isn't trained. */
export interface EmbeddingLayerOptions extends ParameterOptions, EmbeddingOptions {}

/** A table of vectors: normal with mean 0 and standard deviation 1 to begin with, the row of the padding 0. */
abstract class Table<Args extends readonly unknown[]> extends Module<Args> {
  weight: Parameter;
  readonly paddingIdx: number | null;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions) {
    super();
    const { paddingIdx = null } = options;
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim], options));
    this.resetParameters();
  }

  get numEmbeddings(): number {
    return this.weight.shape[0] as number;
  }

  get embeddingDim(): number {
    return this.weight.shape[1] as number;
  }

  /** Draws a new table. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) unrecorded(() => this.weight.select(0, paddingIdx).fill_(0));
  }

  protected override describe(): string {
    return this.weight.shape.join(', ');
  }
}

/**
 * A table of vectors, looked up by int32 indices [...]; gives [..., dim].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html
 */
export class Embedding extends Table<[indices: Tensor]> {
  readonly options: EmbeddingOptions;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super(numEmbeddings, embeddingDim, options);
    this.options = options;
  }

  override forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, { ...this.options, paddingIdx: this.paddingIdx });
  }
}

export interface EmbeddingBagLayerOptions
  extends EmbeddingLayerOptions,
    Pick<EmbeddingBagOptions, 'mode' | 'includeLastOffset'> {}

type BagInputs = [indices: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null];

/**
 * Sums, means or maxima of rows of a table: of every row of int32 indices [bags, n], or of the runs of indices [n] that
 * begin at `offsets`; gives [bags, dim]. With mode 'sum' every index may have a weight.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
 */
export class EmbeddingBag extends Table<BagInputs> {
  readonly options: Omit<EmbeddingBagOptions, 'offsets' | 'perSampleWeights'>;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagLayerOptions = {}) {
    super(numEmbeddings, embeddingDim, options);
    this.options = options;
  }

  override forward(...[indices, offsets = null, perSampleWeights = null]: BagInputs): Tensor {
    const { options, paddingIdx } = this;
    return embeddingBag(indices, this.weight, { ...options, paddingIdx, offsets, perSampleWeights });
  }
}
