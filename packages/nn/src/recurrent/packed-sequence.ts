import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { cat, full, indexSelect, reshape, scope, stack, type Tensor, tensor } from '@gradus/tensor';
import { pad } from '@gradus/tensor/functional';

/**
 * Sequences of several lengths without padding, the longest first: step 0 of all of them, then step 1 of those that have
 * one, and so on. Lengths and orders are numbers of the host, since shapes follow from them.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html
 */
export class PackedSequence {
  /** [sum of the lengths, ...] */
  readonly data: Tensor;
  /** How many sequences have a step 0, a step 1, ... */
  readonly batchSizes: readonly number[];
  /** Where the sequences stood before they were sorted by length; null if they were sorted. */
  readonly sortedIndices: readonly number[] | null;
  /** Where the sequences stand now. */
  readonly unsortedIndices: readonly number[] | null;

  constructor(data: Tensor, batchSizes: readonly number[], sortedIndices: readonly number[] | null = null) {
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices;
    this.unsortedIndices = sortedIndices?.map((_, i) => sortedIndices.indexOf(i)) ?? null;
  }

  /** The same sequences with other features. */
  withData(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices);
  }
}

export interface BatchFirst {
  /** Axes are [batch, time, ...] instead of [time, batch, ...]. Default false. */
  readonly batchFirst?: boolean;
}

/**
 * Packs a padded batch [time, batch, ...].
 *
 * @param lengths of the sequences; in descending order unless `enforceSorted` is false
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
 */
export function packPaddedSequence(
  x: Tensor,
  lengths: readonly number[],
  options: BatchFirst & { readonly enforceSorted?: boolean } = {},
): PackedSequence {
  const { batchFirst = false, enforceSorted = true } = options;
  const [time, batch] = timeAndBatch('packPaddedSequence', x, batchFirst);
  const order = Array.from(lengths.keys()).sort((a, b) => (lengths[b] as number) - (lengths[a] as number));
  if (lengths.length !== batch || lengths.some((n) => !(n > 0 && n <= time))) {
    throw new ArgumentError(
      `packPaddedSequence: needs ${batch} lengths from 1 to ${time} for ${formatShape(x.shape)}, got ${formatShape(lengths)}`,
    );
  }
  if (enforceSorted && order.some((from, to) => from !== to)) {
    throw new ArgumentError(
      `packPaddedSequence: lengths ${formatShape(lengths)} don't descend; pass enforceSorted: false to have them sorted`,
    );
  }
  const steps = Array.from({ length: lengths[order[0] as number] as number }, (_, t) => t);
  const batchSizes = steps.map((t) => lengths.filter((n) => n > t).length);
  const places = steps.flatMap((t) => {
    return order.slice(0, batchSizes[t]).map((b) => (batchFirst ? b * time + t : t * batch + b));
  });
  const data = scope(() => rows(reshape(x, [time * batch, ...x.shape.slice(2)]), places));
  return new PackedSequence(data, batchSizes, enforceSorted ? null : order);
}

/**
 * The inverse of `packPaddedSequence`: [padded batch, lengths], in the order in which the sequences were packed.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html
 */
export function padPackedSequence(
  { data, batchSizes, unsortedIndices }: PackedSequence,
  options: BatchFirst & { readonly paddingValue?: number; readonly totalLength?: number } = {},
): [padded: Tensor, lengths: readonly number[]] {
  const { batchFirst = false, paddingValue = 0, totalLength = batchSizes.length } = options;
  if (totalLength < batchSizes.length) {
    throw new ArgumentError(
      `padPackedSequence: totalLength ${totalLength} is less than the ${batchSizes.length} steps`,
    );
  }
  const batch = batchSizes[0] as number;
  const order = unsortedIndices ?? Array.from({ length: batch }, (_, b) => b);
  const starts = batchSizes.map((_, t) => batchSizes.slice(0, t).reduce((sum, n) => sum + n, 0));
  const padding = data.shape[0] as number;
  const place = (t: number, b: number): number => (b < (batchSizes[t] ?? 0) ? (starts[t] as number) + b : padding);
  const steps = Array.from({ length: totalLength }, (_, t) => t);
  const places = batchFirst
    ? order.flatMap((b) => steps.map((t) => place(t, b)))
    : steps.flatMap((t) => order.map((b) => place(t, b)));
  const outer = batchFirst ? [batch, totalLength] : [totalLength, batch];
  const padded = scope(() => {
    const blank = full([1, ...data.shape.slice(1)], paddingValue, { dtype: data.dtype, backend: data.backend });
    return reshape(rows(cat([data, blank]), places), [...outer, ...data.shape.slice(1)]);
  });
  return [padded, order.map((b) => batchSizes.filter((n) => n > b).length)];
}

/**
 * Sequences [length, ...] in one padded batch [time, batch, ...].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html
 */
export function padSequence(
  sequences: readonly Tensor[],
  options: BatchFirst & { readonly paddingValue?: number } = {},
): Tensor {
  const { batchFirst = false, paddingValue: value = 0 } = options;
  const time = Math.max(...sequences.map(({ shape }) => shape[0] as number));
  return scope(() => {
    const padded = sequences.map((x) => {
      const after = time - (x.shape[0] as number);
      return after === 0 ? x : pad(x, [...new Array<number>(2 * x.ndim - 1).fill(0), after], { value });
    });
    return stack(padded, { dim: batchFirst ? 0 : 1 });
  });
}

/** The inverse of `padSequence`. @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpad_sequence.html */
export function unpadSequence(padded: Tensor, lengths: readonly number[], options: BatchFirst = {}): Tensor[] {
  const axis = options.batchFirst ? 0 : 1;
  return lengths.map((length, b) => padded.select(axis, b).narrow(0, 0, length));
}

/** Packs sequences [length, ...]. @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_sequence.html */
export function packSequence(
  sequences: readonly Tensor[],
  options: { readonly enforceSorted?: boolean } = {},
): PackedSequence {
  const lengths = sequences.map(({ shape }) => shape[0] as number);
  return packPaddedSequence(padSequence(sequences), lengths, options);
}

/** The inverse of `packSequence`. @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpack_sequence.html */
export function unpackSequence(packed: PackedSequence): Tensor[] {
  const [padded, lengths] = padPackedSequence(packed, { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}

function rows(x: Tensor, places: readonly number[]): Tensor {
  return indexSelect(x, 0, tensor(places, { dtype: 'int32', backend: x.backend }));
}

function timeAndBatch(op: string, x: Tensor, batchFirst: boolean): readonly [time: number, batch: number] {
  if (x.ndim < 2) throw new ShapeError(`${op}: needs [time, batch, ...], got ${formatShape(x.shape)}`);
  const [first, second] = x.shape as readonly [number, number];
  return batchFirst ? [second, first] : [first, second];
}
