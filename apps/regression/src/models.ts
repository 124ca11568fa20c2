import {
  cat,
  Dropout,
  Linear,
  linalg,
  Module,
  onesLike,
  ReLU,
  Sequential,
  StateBuffer,
  stdMean,
  type Tensor,
} from '@gradus/gradus';
/** Features [N, 13], and the median price of a home [N, 1] in thousands of dollars. */
export interface Houses {
  readonly features: Tensor;
  readonly price: Tensor;
}

/** A network from features [N, 13] to prices [N, 1], inside of which both have mean 0 and standard deviation 1. */
export class PriceNet extends Module {
  readonly featureMean: StateBuffer;
  readonly featureStd: StateBuffer;
  readonly priceMean: StateBuffer;
  readonly priceStd: StateBuffer;
  readonly net: Sequential;

  /** `training` says how features and prices are distributed; nothing else may, or the test would leak into it. */
  constructor({ features, price }: Houses, width: number) {
    super();
    [this.featureStd, this.featureMean] = bufferPair(stdMean(features, { dim: 0 }));
    [this.priceStd, this.priceMean] = bufferPair(stdMean(price));
    this.net = new Sequential(
      new Linear(features.shape[1] as number, width),
      new ReLU(),
      new Dropout(0.1),
      new Linear(width, width),
      new ReLU(),
      new Linear(width, 1),
    );
  }

  override forward(features: Tensor): Tensor {
    const standardized = features.sub(this.featureMean).div(this.featureStd);
    return this.net.forward(standardized).mul(this.priceStd).add(this.priceMean);
  }
}

function bufferPair([std, mean]: readonly [Tensor, Tensor]): [StateBuffer, StateBuffer] {
  return [new StateBuffer(std), new StateBuffer(mean)];
}

/** Linear least squares with an intercept: what the network has to beat. */
export function fitLinear({ features, price }: Houses): (features: Tensor) => Tensor {
  const { solution } = linalg.lstsq(withOnes(features).double(), price.double());
  return (x) => withOnes(x).double().matmul(solution).float();
}

function withOnes(features: Tensor): Tensor {
  return cat([features, onesLike(features.narrow(1, 0, 1))], { dim: 1 });
}
