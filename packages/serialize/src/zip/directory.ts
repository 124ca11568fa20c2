import { FormatError } from '../format-error.ts';

// What stands where in the directory at an archive's end, and in the record behind it (APPNOTE.TXT 4.3.12 to 4.3.16).
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const LOCATOR64_BYTES = 20;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;

/** The checksum of every file in a zip archive's directory, in the order of the directory. */
export function checksumsOf(archive: Uint8Array): readonly number[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const { start, count } = directoryOf(view);
  const checksums: number[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw new FormatError('zip: the directory is damaged');
    }
    checksums.push(view.getUint32(at + 16, true));
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    at += ENTRY_BYTES + (name as number) + (extra as number) + (comment as number);
  }
  return checksums;
}

/** Where the directory begins, and how many files it lists. */
function directoryOf(view: DataView): { readonly start: number; readonly count: number } {
  const end = endOf(view);
  const locator = end - LOCATOR64_BYTES;
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR64_SIGNATURE) {
    const end64 = Number(view.getBigUint64(locator + 8, true));
    if (end64 + 56 <= end && view.getUint32(end64, true) === END64_SIGNATURE) {
      return {
        start: Number(view.getBigUint64(end64 + 48, true)),
        count: Number(view.getBigUint64(end64 + 32, true)),
      };
    }
  }
  return { start: view.getUint32(end + 16, true), count: view.getUint16(end + 8, true) };
}

/** The record at the end, before a comment of any length. */
function endOf(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  throw new FormatError('zip: the archive has no end');
}
