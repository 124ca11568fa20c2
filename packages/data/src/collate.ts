import { ArgumentError, type TypedArray } from '@gradus/storage';
import { stack, Tensor, tensor } from '@gradus/tensor';

/**
 * Makes one batch of samples. Tensors, typed arrays, numbers and arrays of numbers get a new first axis; objects and
 * tuples are collated field by field; strings stay a list. Numbers become int32 if all of them fit it, such as class
 * labels, and float32 otherwise. The samples' own tensors stay as they are.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
 */
export function collate(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (first instanceof Tensor) return stack(samples as readonly Tensor[]);
  if (typeof first === 'number') return collateNumbers(samples as readonly number[]);
  if (typeof first === 'boolean') return tensor(samples as readonly boolean[]);
  if (typeof first === 'string') return [...samples];
  if (ArrayBuffer.isView(first)) return collateTyped(samples as readonly TypedArray[]);
  if (Array.isArray(first)) return collateArrays(samples as readonly (readonly unknown[])[]);
  if (typeof first === 'object' && first !== null) return collateFields(samples as readonly Fields[]);
  throw new ArgumentError(`collate: can't make a batch of ${String(first)}; pass a collate function of your own`);
}

type Fields = Readonly<Record<string, unknown>>;

function collateNumbers(samples: readonly number[]): Tensor {
  return tensor(samples, { dtype: samples.every((n) => (n | 0) === n) ? 'int32' : 'float32' });
}

function collateTyped(samples: readonly TypedArray[]): Tensor {
  const rows = samples.map((sample) => tensor(sample));
  const batch = stack(rows);
  for (const row of rows) row.dispose();
  return batch;
}

/** Arrays of numbers are vectors; other arrays are tuples, collated position by position. */
function collateArrays(samples: readonly (readonly unknown[])[]): unknown {
  if (samples.every((sample) => sample.every((value) => typeof value === 'number'))) {
    return tensor(samples as readonly (readonly number[])[]);
  }
  return (samples[0] as readonly unknown[]).map((_, i) => collate(samples.map((sample) => sample[i])));
}

function collateFields(samples: readonly Fields[]): Fields {
  const names = Object.keys(samples[0] as Fields);
  return Object.fromEntries(names.map((name) => [name, collate(samples.map((sample) => sample[name]))]));
}
