import { FormatError } from '../format-error.ts';

/** The longest line of the text opcodes; what Python writes is far shorter. */
const MAX_LINE = 4096;

/** Walks through a pickle's bytes; never past their end. */
export class Cursor {
  readonly bytes: Uint8Array;
  position: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A length of 8 bytes; one that no file can have is refused by whoever takes so many bytes. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Big endian, as pickles have them. */
  f64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const bytes = this.take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new FormatError('pytorch: a string that is no UTF-8', { cause });
    }
  }

  /** Up to the next newline, which is skipped. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0 || end - this.position > MAX_LINE) throw new FormatError('pytorch: a line of the pickle has no end');
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  #advance(length: number): number {
    const start = this.position;
    if (!(length <= this.bytes.length - start)) {
      throw new FormatError(
        `pytorch: the file ends at byte ${this.bytes.length}, but ${length} more are needed from ${start}`,
      );
    }
    this.position += length;
    return start;
  }
}
