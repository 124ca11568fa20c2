import { ArgumentError, ShapeError, type TypedArray } from '@gradus/storage';
import { stack, Tensor, tensor } from '@gradus/tensor';

/**
 * Makes one batch of samples. Tensors, typed arrays, numbers, booleans and arrays of numbers get a new first axis; objects
 * and tuples are collated field by field; strings stay a list. Numbers become int32 if all of them fit it, such as class
 * labels, and float32 otherwise. The samples' own tensors stay as they are. Throws an ArgumentError for samples that are not
 * alike.
 *
 * An array of numbers is a vector here; PyTorch takes a list of numbers for a tuple, and gives one tensor per position.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
 */
export function collate(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (samples.length === 0) throw new ArgumentError('collate: a batch needs at least one sample');
  const kind = kindOf(first);
  const other = samples.find((sample) => kindOf(sample) !== kind);
  if (other !== undefined) throw new ArgumentError(`collate: samples are not alike: ${kind} and ${kindOf(other)}`);
  const stackKind = collators[kind];
  if (stackKind !== undefined) return stackKind(samples as never);
  throw new ArgumentError(`collate: can't make a batch of ${String(first)}; pass a collate function of your own`);
}

type Fields = Readonly<Record<string, unknown>>;

const collators: Readonly<Record<string, (samples: never) => unknown>> = {
  tensor: (samples: readonly Tensor[]) => stack(samples),
  number: collateNumbers,
  boolean: (samples: readonly boolean[]) => tensor(samples),
  string: (samples: readonly string[]) => [...samples],
  'typed array': collateTyped,
  array: collateArrays,
  object: collateFields,
};

function kindOf(sample: unknown): string {
  if (sample instanceof Tensor) return 'tensor';
  if (Array.isArray(sample)) return 'array';
  if (ArrayBuffer.isView(sample)) return 'typed array';
  return sample === null ? 'null' : typeof sample;
}

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
  const lengths = new Set(samples.map(({ length }) => length));
  if (lengths.size > 1) {
    throw new ShapeError(`collate: arrays of one length make a batch, got lengths ${[...lengths].join(' and ')}`);
  }
  if (samples.every((sample) => sample.every((value) => typeof value === 'number'))) {
    return tensor(samples as readonly (readonly number[])[]);
  }
  return (samples[0] as readonly unknown[]).map((_, i) => collate(samples.map((sample) => sample[i])));
}

function collateFields(samples: readonly Fields[]): Fields {
  const names = Object.keys(samples[0] as Fields);
  for (const sample of samples) {
    const missing = names.find((name) => !(name in sample));
    if (missing !== undefined)
      throw new ArgumentError(`collate: a sample has no field '${missing}', the first one has`);
  }
  return Object.fromEntries(names.map((name) => [name, collate(samples.map((sample) => sample[name]))]));
}
