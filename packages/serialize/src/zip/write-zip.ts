import { type Zippable, zipSync } from 'fflate';

export interface WriteZipOptions {
  /** Whether to compress (DEFLATE). */
  readonly compress: boolean;
  /** The start of every file's bytes is a multiple of this: so PyTorch maps storages into memory. */
  readonly alignment?: number;
}

/** Bytes of a file's header in the archive, before its name and what is appended to that. */
const HEADER_BYTES = 30;
/** Id and length in front of extra bytes. */
const EXTRA_HEADER_BYTES = 4;
/** The id that PyTorch gives its padding: 'FB'. */
const PADDING_ID = 0x4246;

/** The same bytes at every time: archives of equal content are equal. */
const DATE = new Date(1980, 0, 1);

/** A zip archive of files, in their order. */
export function writeZip(
  files: ReadonlyMap<string, Uint8Array>,
  { compress, alignment = 1 }: WriteZipOptions,
): Uint8Array {
  const entries: Zippable = {};
  let at = 0;
  for (const [name, bytes] of files) {
    const start = at + HEADER_BYTES + new TextEncoder().encode(name).length;
    const padding = alignment === 1 ? null : paddingAt(start, alignment);
    entries[name] = [
      bytes,
      { level: compress ? 6 : 0, mtime: DATE, ...(padding === null ? {} : { extra: { [PADDING_ID]: padding } }) },
    ];
    at = start + (padding === null ? 0 : EXTRA_HEADER_BYTES + padding.length) + bytes.length;
  }
  return zipSync(entries);
}

function paddingAt(start: number, alignment: number): Uint8Array {
  return new Uint8Array((alignment - ((start + EXTRA_HEADER_BYTES) % alignment)) % alignment).fill(0x5a);
}
