import type { Tensor } from '@gradus/tensor';
import {
  type BinaryOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LogitsOptions,
  softMarginLoss,
} from './binary.ts';
import type { ClassificationOptions } from './classification.ts';
import { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
import { type CtcOptions, ctcLoss, type Lengths } from './ctc.ts';
import {
  type GaussianOptions,
  gaussianNllLoss,
  type KlDivOptions,
  klDiv,
  type PoissonOptions,
  poissonNllLoss,
} from './likelihood.ts';
import {
  hingeEmbeddingLoss,
  type MarginOptions,
  type MultilabelOptions,
  type MultiMarginOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
} from './margin.ts';
import { nllLoss } from './nll.ts';
import type { LossOptions } from './reduction.ts';
import { type HuberOptions, huberLoss, l1Loss, mseLoss, type SmoothL1Options, smoothL1Loss } from './regression.ts';
import {
  cosineEmbeddingLoss,
  type TripletDistanceOptions,
  type TripletFunctionOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from './similarity.ts';

/** Losses as objects that hold their options, with PyTorch's names; `forward` is the function of the same name. */

abstract class Loss<Options, Inputs extends readonly unknown[] = [input: Tensor, target: Tensor]> {
  readonly options: Options;

  constructor(options: Options = {} as Options) {
    this.options = options;
  }

  abstract forward(...inputs: Inputs): Tensor;
}

export class MSELoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options);
  }
}

export class L1Loss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this.options);
  }
}

export class SmoothL1Loss extends Loss<SmoothL1Options> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this.options);
  }
}

export class HuberLoss extends Loss<HuberOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this.options);
  }
}

export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this.options);
  }
}

export class NLLLoss extends Loss<ClassificationOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, this.options);
  }
}

export class BCELoss extends Loss<BinaryOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, this.options);
  }
}

export class BCEWithLogitsLoss extends Loss<LogitsOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(input, target, this.options);
  }
}

export class SoftMarginLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, this.options);
  }
}

export class KLDivLoss extends Loss<KlDivOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }
}

export class PoissonNLLLoss extends Loss<PoissonOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this.options);
  }
}

export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, this.options);
  }
}

export class MultiMarginLoss extends Loss<MultiMarginOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(input, target, this.options);
  }
}

export class MultiLabelMarginLoss extends Loss<LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, this.options);
  }
}

export class MultiLabelSoftMarginLoss extends Loss<MultilabelOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, this.options);
  }
}

type Three = [first: Tensor, second: Tensor, third: Tensor];

export class GaussianNLLLoss extends Loss<GaussianOptions, Three> {
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, variance, this.options);
  }
}

export class MarginRankingLoss extends Loss<MarginOptions, Three> {
  override forward(first: Tensor, second: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(first, second, target, this.options);
  }
}

export class CosineEmbeddingLoss extends Loss<MarginOptions, Three> {
  override forward(first: Tensor, second: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(first, second, target, this.options);
  }
}

export class TripletMarginLoss extends Loss<TripletDistanceOptions, Three> {
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

export class TripletMarginWithDistanceLoss extends Loss<TripletFunctionOptions, Three> {
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, negative, this.options);
  }
}

export class CTCLoss extends Loss<CtcOptions, [Tensor, Tensor, Lengths, Lengths]> {
  override forward(logProbabilities: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths): Tensor {
    return ctcLoss(logProbabilities, targets, inputLengths, targetLengths, this.options);
  }
}
