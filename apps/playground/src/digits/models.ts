import {
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  Parameter,
  ReLU,
  Sequential,
  TransformerEncoderLayer,
} from '@gradus/nn';
import { randn, type Tensor } from '@gradus/tensor';

/** A transformer that reads an image as 28 tokens, its rows. Images [N, 1, 28, 28] to logits [N, 10]. */
class RowTransformer extends Module {
  readonly embed: Linear;
  readonly position: Parameter;
  readonly block: TransformerEncoderLayer;
  readonly classify: Linear;

  constructor(width = 32) {
    super();
    this.embed = new Linear(28, width);
    this.position = new Parameter(randn([28, width]).mul(0.1));
    this.block = new TransformerEncoderLayer(width, 4, {
      dimFeedforward: 2 * width,
      batchFirst: true,
      dropout: 0,
      normFirst: true,
    });
    this.classify = new Linear(width, 10);
  }

  override forward(image: Tensor): Tensor {
    const rows = this.embed.forward(image.squeeze(1)).add(this.position);
    return this.classify.forward(this.block.forward(rows).mean({ dim: 1 }));
  }
}

export type ModelName = 'mlp' | 'cnn' | 'transformer';

/** Classifiers of images [N, 1, 28, 28] into 10 digits. */
const models: Readonly<Record<ModelName, () => Module>> = {
  mlp: () => new Sequential(new Flatten(), new Linear(784, 128), new ReLU(), new Linear(128, 10)),
  cnn: () =>
    new Sequential(
      new Conv2d(1, 8, 5, { padding: 2 }),
      new ReLU(),
      new MaxPool2d(2),
      new Conv2d(8, 16, 5),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(400, 64),
      new ReLU(),
      new Linear(64, 10),
    ),
  transformer: () => new RowTransformer(),
};

export function createModel(name: ModelName): Module {
  return models[name]();
}
