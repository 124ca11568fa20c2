import { Conv2d, Dropout, Flatten, Linear, MaxPool2d, type Module, ReLU, Sequential } from '@gradus/nn';
import { ArgumentError } from '@gradus/storage';

/** Classifiers of images [N, 1, 28, 28] into 10 digits. */
const models: ReadonlyMap<string, () => Module> = new Map([
  ['mlp', () => new Sequential(new Flatten(), new Linear(784, 192), new ReLU(), new Linear(192, 10))],
  ['cnn', lenet],
]);

/** LeNet-5 (LeCun et al. 1998) with ReLU, max pooling and dropout. */
function lenet(): Module {
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(6, 16, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(400, 120),
    new ReLU(),
    new Dropout(0.25),
    new Linear(120, 84),
    new ReLU(),
    new Linear(84, 10),
  );
}

export const modelNames: readonly string[] = [...models.keys()];

export function createModel(name: string): Module {
  const create = models.get(name);
  if (create === undefined) throw new ArgumentError(`no model '${name}'; there are ${modelNames.join(', ')}`);
  return create();
}
