import { ArgumentError } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import { opcodes as op } from './opcodes.ts';
import { TorchDType, Tuple } from './value.ts';

/** What can be written: as `PytorchValue`, and plain objects, which become dicts. */
export type PytorchInput =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | TorchDType
  | Uint8Array
  | readonly PytorchInput[]
  | ReadonlySet<PytorchInput>
  | ReadonlyMap<string | number | bigint | boolean | null, PytorchInput>
  | { readonly [name: string]: PytorchInput };

/** Where a tensor's elements are, as the pickle says it. */
export interface StoredTensor {
  /** The storage's class, as `FloatStorage`. */
  readonly storageClass: string;
  readonly key: string;
  /** Elements of the storage. */
  readonly length: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** What nests deeper than this is taken for a circle. */
export const MAX_DEPTH = 1000;

/** A pickle of protocol 2, as PyTorch writes it; `store` says where a tensor is kept. */
export function pickle(value: PytorchInput, store: (x: Tensor) => StoredTensor): Uint8Array {
  const out = new Output();
  out.bytes(op.PROTO, 2);
  new Pickler(out, store).write(value, 0);
  out.bytes(op.STOP);
  return out.finish();
}

class Pickler {
  readonly #out: Output;
  readonly #store: (x: Tensor) => StoredTensor;

  constructor(out: Output, store: (x: Tensor) => StoredTensor) {
    this.#out = out;
    this.#store = store;
  }

  write(value: PytorchInput, depth: number): void {
    if (depth > MAX_DEPTH) throw new ArgumentError('pytorch: the value is nested too deeply, or contains itself');
    const out = this.#out;
    if (value === null || value === undefined) out.bytes(op.NONE);
    else if (typeof value === 'boolean') out.bytes(value ? op.NEWTRUE : op.NEWFALSE);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') out.long(value);
    else if (typeof value === 'string') out.text(value);
    else if (value instanceof Tensor) this.#tensor(this.#store(value));
    else if (value instanceof TorchDType) out.global('torch', value.name);
    else if (value instanceof Uint8Array) this.#binary(value);
    else if (value instanceof Tuple) this.#sequence(op.MARK, value, op.TUPLE, depth);
    else if (Array.isArray(value)) this.#list(value, depth);
    else if (value instanceof Set) this.#set(value, depth);
    else this.#dict(value instanceof Map ? value : entriesOf(value as object), depth);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#out.float(value);
    else if (value >= -(2 ** 31) && value < 2 ** 31) this.#out.int(value);
    else this.#out.long(BigInt(value));
  }

  #sequence(start: number, parts: Iterable<PytorchInput>, end: number, depth: number): void {
    this.#out.bytes(start);
    for (const part of parts) this.write(part, depth + 1);
    this.#out.bytes(end);
  }

  #list(parts: Iterable<PytorchInput>, depth: number): void {
    this.#out.bytes(op.EMPTY_LIST);
    this.#sequence(op.MARK, parts, op.APPENDS, depth);
  }

  #dict(entries: Iterable<readonly [string | number | bigint | boolean | null, PytorchInput]>, depth: number): void {
    const parts = [...entries].flat() as PytorchInput[];
    this.#out.bytes(op.EMPTY_DICT);
    this.#sequence(op.MARK, parts, op.SETITEMS, depth);
  }

  #set(items: ReadonlySet<PytorchInput>, depth: number): void {
    this.#out.global('__builtin__', 'set');
    this.#list(items, depth);
    this.#out.bytes(op.TUPLE1, op.REDUCE);
  }

  /** Protocol 2 has no bytes of its own. */
  #binary(bytes: Uint8Array): void {
    this.#out.global('_codecs', 'encode');
    this.#out.text(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    this.#out.text('latin1');
    this.#out.bytes(op.TUPLE2, op.REDUCE);
  }

  #tensor({ storageClass, key, length, offset, shape, strides }: StoredTensor): void {
    const out = this.#out;
    out.global('torch._utils', '_rebuild_tensor_v2');
    out.bytes(op.MARK, op.MARK);
    out.text('storage');
    out.global('torch', storageClass);
    out.text(key);
    out.text('cpu');
    this.#number(length);
    out.bytes(op.TUPLE, op.BINPERSID);
    this.#number(offset);
    for (const numbers of [shape, strides]) this.#sequence(op.MARK, numbers, op.TUPLE, 0);
    out.bytes(op.NEWFALSE);
    out.global('collections', 'OrderedDict');
    out.bytes(op.EMPTY_TUPLE, op.REDUCE, op.TUPLE, op.REDUCE);
  }
}

function entriesOf(value: object): [string, PytorchInput][] {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new ArgumentError(
      `pytorch: a ${value.constructor.name} can't be written; use tensors, numbers, strings, arrays, Maps`,
    );
  }
  return Object.entries(value);
}

/** Bytes that grow. */
class Output {
  #buffer = new Uint8Array(1024);
  #length = 0;

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  bytes(...bytes: readonly number[]): void {
    this.append(Uint8Array.from(bytes));
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + bytes.length));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  global(module: string, name: string): void {
    this.bytes(op.GLOBAL);
    this.append(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.bytes(op.BINUNICODE, ...littleEndian(BigInt(encoded.length), 4));
    this.append(encoded);
  }

  int(value: number): void {
    this.bytes(op.BININT, ...littleEndian(BigInt(value), 4));
  }

  float(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, false);
    this.bytes(op.BINFLOAT);
    this.append(bytes);
  }

  long(value: bigint): void {
    let width = 1;
    while (BigInt.asIntN(8 * width, value) !== value) width++;
    if (width > 255) throw new ArgumentError('pytorch: an integer of more than 255 bytes');
    this.bytes(op.LONG1, width, ...littleEndian(value, width));
  }
}

function littleEndian(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
}
