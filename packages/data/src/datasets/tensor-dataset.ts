import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import { assertSample, type Dataset } from './dataset.ts';

/** Rows of tensors whose first axis counts the samples: `{ image: [60000, 784], label: [60000] }`. */
export class TensorDataset<Fields extends { readonly [Name in keyof Fields]: Tensor }>
  implements Dataset<Record<keyof Fields, Tensor>>
{
  readonly fields: Fields;
  readonly length: number;

  constructor(fields: Fields) {
    const sizes = Object.values<Tensor>(fields).map((field) => field.shape[0]);
    if (sizes.length === 0) throw new ArgumentError('TensorDataset: at least one field is needed');
    if (sizes[0] === undefined || sizes.some((size) => size !== sizes[0])) {
      const shapes = Object.entries<Tensor>(fields).map(([name, field]) => `${name} ${formatShape(field.shape)}`);
      throw new ShapeError(`TensorDataset: the fields' first axes must be of one size, got ${shapes.join(', ')}`);
    }
    this.fields = fields;
    this.length = sizes[0];
  }

  get(index: number): Record<keyof Fields, Tensor> {
    assertSample(index, this.length);
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
    return Object.fromEntries(
      Object.entries<Tensor>(this.fields).map(([name, field]) => [name, change(field)]),
    ) as Record<keyof Fields, Tensor>;
  }
}
