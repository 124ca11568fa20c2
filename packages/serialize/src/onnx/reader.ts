import { PbfReader } from 'pbf';
import { FormatError } from '../format-error.ts';

/** Graphs within graphs, in messages. */
const MAX_DEPTH = 64;
const LENGTH_DELIMITED = 2;

/** What to do with each field of a message, by its number; others are skipped. */
export type Fields<T> = Readonly<Record<number, (into: T, reader: Reader) => void>>;

/** pbf's reader, which trusts lengths, with checks of them and of the depth. */
export class Reader {
  readonly pbf: PbfReader;
  #depth = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.pbf = new PbfReader(bytes);
    this.#end = bytes.length;
  }

  whole<T>(into: T, fields: Fields<T>): T {
    this.#read(into, fields, this.#end);
    return into;
  }

  /** An embedded message. */
  message<T>(into: T, fields: Fields<T>): T {
    if (++this.#depth > MAX_DEPTH) throw new FormatError(`onnx: nested more than ${MAX_DEPTH} messages deep`);
    const outer = this.#end;
    this.#end = this.pbf.readVarint() + this.pbf.pos;
    this.#read(into, fields, this.#end);
    this.#end = outer;
    this.#depth--;
    return into;
  }

  #read<T>(into: T, fields: Fields<T>, end: number): void {
    this.pbf.readFields(
      (tag) => {
        if (this.pbf.type === LENGTH_DELIMITED) this.#assertLength();
        fields[tag]?.(into, this);
      },
      into,
      end,
    );
    // A field that a reader above left is skipped by pbf, so that only here its end is known.
    if (this.pbf.pos !== end) throw new FormatError('onnx: a message is longer than what it is in');
  }

  /** The length that comes next lies within the message. */
  #assertLength(): void {
    const start = this.pbf.pos;
    const length = this.pbf.readVarint();
    if (!(length >= 0 && this.pbf.pos + length <= this.#end)) {
      throw new FormatError(`onnx: a field of ${length} bytes at byte ${start} is longer than what it is in`);
    }
    this.pbf.pos = start;
  }
}
