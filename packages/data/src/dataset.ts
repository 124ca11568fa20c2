import { ArgumentError, formatShape, IndexError, ShapeError } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';

/** Samples by index, from 0. `batch`, where a data set has it, gives many at once, already collated. */
export interface Dataset<Sample> {
  readonly length: number;
  get(index: number): Sample | Promise<Sample>;
  batch?(indices: Int32Array): Sample | Promise<Sample>;
}

/** Samples that are in an array. */
export class ArrayDataset<Sample> implements Dataset<Sample> {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  get length(): number {
    return this.#samples.length;
  }

  get(index: number): Sample {
    assertIndex(index, this.length);
    return this.#samples[index] as Sample;
  }
}

/** Rows of tensors whose first axis counts the samples: `{ image: [60000, 784], label: [60000] }`. */
export class TensorDataset<Fields extends Readonly<Record<string, Tensor>>>
  implements Dataset<Record<keyof Fields, Tensor>>
{
  readonly fields: Fields;
  readonly length: number;

  constructor(fields: Fields) {
    const sizes = Object.values(fields).map((field) => field.shape[0]);
    if (sizes.length === 0) throw new ArgumentError('TensorDataset: at least one field is needed');
    if (sizes[0] === undefined || sizes.some((size) => size !== sizes[0])) {
      const shapes = Object.entries(fields).map(([name, field]) => `${name} ${formatShape(field.shape)}`);
      throw new ShapeError(`TensorDataset: the fields' first axes must be of one size, got ${shapes.join(', ')}`);
    }
    this.fields = fields;
    this.length = sizes[0];
  }

  get(index: number): Record<keyof Fields, Tensor> {
    assertIndex(index, this.length);
    return this.#map((field) => field.select(0, index));
  }

  batch(indices: Int32Array): Record<keyof Fields, Tensor> {
    return this.#map((field) => {
      const index = fromValues(indices, [indices.length], { dtype: 'int32', backend: field.backend });
      const rows = field.indexSelect(0, index);
      index.dispose();
      return rows;
    });
  }

  #map(change: (field: Tensor) => Tensor): Record<keyof Fields, Tensor> {
    return Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, change(field)])) as Record<
      keyof Fields,
      Tensor
    >;
  }
}

/** Some samples of another data set, by their indices there. */
export class Subset<Sample> implements Dataset<Sample> {
  readonly #dataset: Dataset<Sample>;
  readonly #indices: Int32Array;
  readonly batch?: (indices: Int32Array) => Sample | Promise<Sample>;

  constructor(dataset: Dataset<Sample>, indices: Iterable<number>) {
    const chosen = [...indices];
    for (const index of chosen) assertIndex(index, dataset.length);
    this.#dataset = dataset;
    this.#indices = Int32Array.from(chosen);
    if (dataset.batch !== undefined) {
      this.batch = (positions) => dataset.batch!(positions.map((position) => this.#indices[position] as number));
    }
  }

  get length(): number {
    return this.#indices.length;
  }

  get(index: number): Sample | Promise<Sample> {
    assertIndex(index, this.length);
    return this.#dataset.get(this.#indices[index] as number);
  }
}

function assertIndex(index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new IndexError(`dataset: sample ${index} of ${length} does not exist`);
  }
}
