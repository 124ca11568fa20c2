import { binaryCrossEntropyWithLogits, Linear, Module, ReLU, randnLike, Sequential, type Tensor } from '@gradus/gradus';

export interface Sizes {
  readonly hidden: number;
  /** Numbers that a digit is described by. */
  readonly latent: number;
}

/** Where the encoder thinks that the latent numbers of images lie: normal distributions [N, latent]. */
export interface Posterior {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}

/** What bounds -log p(image) from above, in nats, for every image: [N] each. */
export interface Bound {
  readonly reconstruction: Tensor;
  /** From N(0, 1). */
  readonly divergence: Tensor;
}

const PIXELS = 28 * 28;

/**
 * A variational autoencoder (Kingma & Welling 2013). Images are [N, 784], their pixels between 0 and 1 and taken for the
 * probabilities of coins.
 */
export class Vae extends Module<[images: Tensor], Bound> {
  readonly latent: number;
  readonly encoder: Sequential;
  readonly decoder: Sequential;

  constructor({ hidden, latent }: Sizes) {
    super();
    this.latent = latent;
    this.encoder = new Sequential(new Linear(PIXELS, hidden), new ReLU(), new Linear(hidden, 2 * latent));
    this.decoder = new Sequential(new Linear(latent, hidden), new ReLU(), new Linear(hidden, PIXELS));
  }

  encode(images: Tensor): Posterior {
    const [mean, logVariance] = this.encoder.forward(images).chunk(2, { dim: 1 }) as [Tensor, Tensor];
    return { mean, logVariance };
  }

  /** Latent numbers [N, latent] to images. */
  decode(latent: Tensor): Tensor {
    return this.decoder.forward(latent).sigmoid();
  }

  /** How well images are described, by latent numbers that are drawn anew in every call. */
  override forward(images: Tensor): Bound {
    const { mean, logVariance } = this.encode(images);
    const latent = mean.add(logVariance.mul(0.5).exp().mul(randnLike(mean)));
    const logits = this.decoder.forward(latent);
    const reconstruction = binaryCrossEntropyWithLogits(logits, images, { reduction: 'none' }).sum({ dim: 1 });
    const divergence = mean.square().add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5).sum({ dim: 1 });
    return { reconstruction, divergence };
  }
}
