import type { Tensor } from '@gradus/tensor';

/** A Python tuple (torch.Size included): an array that is written as a tuple again. */
export class Tuple<T = PytorchValue> extends Array<T> {}

/** A torch.dtype, by its name: `float32`, `int64`. */
export class TorchDType {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A key of a Python dict. */
export type PytorchKey = string | number | bigint | boolean | null;

/**
 * What a checkpoint holds. Python's dict and OrderedDict are Maps, lists arrays, tuples `Tuple`s, sets Sets, bytes
 * Uint8Arrays, None null; integers beyond 2^53 are bigints.
 */
export type PytorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | TorchDType
  | Uint8Array
  | PytorchValue[]
  | Set<PytorchValue>
  | Map<PytorchKey, PytorchValue>;

export function isDictKey(value: unknown): value is PytorchKey {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}
