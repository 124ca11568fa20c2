import { ArgumentError, type DType, type Shape } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { tensorFromBytes } from '../bytes/element-type.ts';
import { named, openSource, type RandomAccess, type Source } from '../bytes/random-access.ts';
import { type Entry, headerLength, LENGTH_BYTES, parseHeader } from './header.ts';
import { type Ranges, readBlock, resolveRanges } from './ranges.ts';
import type { ReadSafetensorsOptions } from './read.ts';

/** What a file says of a tensor. */
export interface TensorInfo {
  /** The dtype that it has when it is read. */
  readonly dtype: DType;
  readonly shape: Shape;
  /** Bytes that it takes in the file. */
  readonly byteLength: number;
}

export interface ReadTensorOptions extends ReadSafetensorsOptions {
  /** Read this part only: `[[0, 10], null, [3, 5]]` are the first ten along axis 0, and 3 and 4 along axis 2. */
  readonly ranges?: Ranges;
}

/**
 * A safetensors file that is read tensor by tensor: only the header is in memory, and `read` fetches the bytes that it needs.
 *
 * ```ts
 * const file = await openSafetensors('model.safetensors')
 * const rows = await file.read('embedding.weight', { ranges: [[0, 100]] })
 * await file.close()
 * ```
 */
export class SafetensorsReader implements AsyncIterable<readonly [string, Tensor]> {
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #source: RandomAccess;
  readonly #origin: Source;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #dataStart: number;

  private constructor(origin: Source, source: RandomAccess, header: ReturnType<typeof parseHeader>) {
    this.metadata = header.metadata;
    this.#origin = origin;
    this.#source = source;
    this.#entries = new Map(header.entries);
    this.#dataStart = header.dataStart;
  }

  /** Reads the header of a source. */
  static async open(origin: Source): Promise<SafetensorsReader> {
    const source = await openSource('openSafetensors', origin);
    try {
      const start = await source.read(0, Math.min(LENGTH_BYTES, source.size));
      const text = await source.read(LENGTH_BYTES, headerLength(start, source.size));
      return new SafetensorsReader(origin, source, parseHeader(text, source.size));
    } catch (cause) {
      await source.close?.();
      throw named(origin, cause);
    }
  }

  /** In the order of the file. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  info(name: string): TensorInfo {
    const { element, shape, offsets } = this.#entry(name);
    return { dtype: element.dtype, shape, byteLength: offsets[1] - offsets[0] };
  }

  /** One tensor, or a part of it; nothing else of the file is read. */
  async read(name: string, options: ReadTensorOptions = {}): Promise<Tensor> {
    const { element, shape, offsets } = this.#entry(name);
    const block = resolveRanges(name, shape, options.ranges ?? []);
    const sizes = block.map(([from, to]) => to - from);
    try {
      const bytes = await readBlock(this.#source, this.#dataStart + offsets[0], shape, element.bytes, block);
      return tensorFromBytes(bytes, element, sizes, options);
    } catch (cause) {
      throw named(this.#origin, cause);
    }
  }

  /** All tensors, one at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly [string, Tensor]> {
    for (const name of this.names) yield [name, await this.read(name)];
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const known = this.names.slice(0, 10).join(', ') || 'none';
    throw new ArgumentError(
      `safetensors: the file has no tensor '${name}'; it has ${known}${this.names.length > 10 ? ', ...' : ''}`,
    );
  }
}

/** Opens a path, a Blob, bytes or any random-access source, to read single tensors and parts of them. */
export function openSafetensors(source: Source): Promise<SafetensorsReader> {
  return SafetensorsReader.open(source);
}
