import { noGrad } from '@gradus/autograd';
import { DataLoader, TensorDataset } from '@gradus/data';
import { crossEntropy } from '@gradus/losses';
import type { Module } from '@gradus/nn';
import { fromValues, manualSeed, scope, type Tensor } from '@gradus/tensor';
import { accuracy, serveTraining, Trainer, type TrainingContext } from '@gradus/train';
import { useBackend } from '../training/backends.ts';
import { loadDigits } from './load-digits.ts';
import { createModel } from './models.ts';
import { optimizers } from './optimizers.ts';
import { BATCH_SIZE, type DigitsMessage, type DigitsOptions, type Question } from './protocol.ts';

interface Batch {
  readonly image: Tensor;
  readonly label: Tensor;
}

serveTraining(async ({ options, callback, post, onMessage }: TrainingContext<DigitsOptions, DigitsMessage>) => {
  await useBackend(options.backend);
  const [training, test] = await Promise.all([loaderOf(options, 'train'), loaderOf(options, 'test')]);
  manualSeed(0);
  const model = createModel(options.model);
  post({ type: 'model', parameters: model.parameters().reduce((sum, { size }) => sum + size, 0) });
  onMessage(async (message) => {
    post({ type: 'answer', probabilities: await classify(model, (message as Question).image) });
  });
  const trainer = new Trainer<Batch>({
    model,
    optimizer: optimizers[options.optimizer].create(model.parameters(), options.lr),
    forward: ({ image }) => model.forward(standardize(image)),
    loss: (logits, { label }) => crossEntropy(logits, label),
    metrics: [accuracy(({ label }) => label)],
    callbacks: [callback],
  });
  await trainer.fit(training, { epochs: options.epochs, validation: test });
});

async function loaderOf({ site }: DigitsOptions, part: 'train' | 'test'): Promise<DataLoader<Batch>> {
  const { images, labels } = await loadDigits(site, part);
  const [count, height, width] = images.shape as [number, number, number];
  const dataset = new TensorDataset({
    image: fromValues(images.values, [count, 1, height, width], { dtype: 'uint8' }),
    label: fromValues(labels.values, [count], { dtype: 'int32' }),
  });
  return new DataLoader(dataset, part === 'train' ? { batchSize: BATCH_SIZE, shuffle: true } : { batchSize: 500 });
}

/** Bytes as floats with the mean 0 and standard deviation 1 of the training images. */
function standardize(image: Tensor): Tensor {
  return image
    .float()
    .sub(0.1307 * 255)
    .div(0.3081 * 255);
}

/** How likely each digit is, to the model as it is now. */
async function classify(model: Module, bytes: Uint8Array): Promise<number[]> {
  const { training } = model;
  model.eval();
  const probabilities = scope(() =>
    noGrad(() => {
      const image = fromValues(bytes, [1, 1, 28, 28], { dtype: 'uint8' });
      return model.forward(standardize(image)).softmax(1);
    }),
  );
  model.train(training);
  const values = Array.from(await probabilities.data(), Number);
  probabilities.dispose();
  return values;
}
