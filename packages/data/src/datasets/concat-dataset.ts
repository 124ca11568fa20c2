import { ArgumentError } from '@gradus/storage';
import { assertSample, type Dataset } from './dataset.ts';

/**
 * Data sets one after another as one.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.ConcatDataset
 */
export class ConcatDataset<Sample> implements Dataset<Sample> {
  readonly datasets: readonly Dataset<Sample>[];

  constructor(datasets: readonly Dataset<Sample>[]) {
    if (datasets.length === 0) throw new ArgumentError('ConcatDataset: at least one data set is needed');
    this.datasets = datasets;
  }

  get length(): number {
    return this.datasets.reduce((sum, { length }) => sum + length, 0);
  }

  get(index: number): Sample | Promise<Sample> {
    assertSample(index, this.length);
    let position = index;
    for (const dataset of this.datasets) {
      if (position < dataset.length) return dataset.get(position);
      position -= dataset.length;
    }
    throw new ArgumentError('ConcatDataset: a data set shrank while it was read');
  }
}
