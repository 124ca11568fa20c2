import { type DType, GradusError, type Shape, type TypedArray } from '@gradus/storage';
import { fromValues, Tensor } from '@gradus/tensor';

/** A tensor on its way to another thread. */
interface PackedTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: TypedArray;
}

const KEY = '@gradus/tensor';

/** A value without tensors, and the memory that moves with it instead of being copied. */
export interface Packed {
  readonly value: unknown;
  readonly transfer: ArrayBuffer[];
}

/** Makes a value fit for another thread: reads the tensors in it, at any depth of arrays, plain objects and maps. */
export async function packTensors(value: unknown): Promise<Packed> {
  const transfer: ArrayBuffer[] = [];
  const pack = async (part: unknown): Promise<unknown> => {
    if (!(part instanceof Tensor)) return mapParts(part, pack);
    const values = (await part.data()) as TypedArray;
    transfer.push(values.buffer as ArrayBuffer);
    return { [KEY]: { dtype: part.dtype, shape: part.shape, values } satisfies PackedTensor };
  };
  return { value: await pack(value), transfer };
}

/** Puts tensors on the default backend back where `packTensors` took them out. */
export function unpackTensors(value: unknown): unknown {
  if (isPlainObject(value) && KEY in value) {
    const { dtype, shape, values } = value[KEY] as PackedTensor;
    return fromValues(values as ArrayLike<number>, shape, { dtype });
  }
  if (Array.isArray(value)) return value.map(unpackTensors);
  if (value instanceof Map) return new Map(Array.from(value, ([key, part]) => [key, unpackTensors(part)]));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unpackTensors(part)]));
}

async function mapParts(value: unknown, change: (part: unknown) => Promise<unknown>): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(change));
  const entries = async <Key>(parts: Iterable<[Key, unknown]>): Promise<[Key, unknown][]> =>
    Promise.all(Array.from(parts, async ([key, part]): Promise<[Key, unknown]> => [key, await change(part)]));
  if (value instanceof Map) return new Map(await entries(value));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(await entries(Object.entries(value)));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** An error of a worker, with the name, message and stack that it has there. */
export class WorkerError extends GradusError {
  override readonly name: string;

  constructor({ name, message, stack, cause }: PackedError) {
    super(message, cause === undefined ? {} : { cause: unpackError(cause) });
    this.name = name;
    if (stack !== undefined) this.stack = stack;
  }
}

/** An error on its way to another thread. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: PackedError;
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause: packError(cause) }),
  };
}

export function unpackError(error: PackedError): WorkerError {
  return new WorkerError(error);
}
