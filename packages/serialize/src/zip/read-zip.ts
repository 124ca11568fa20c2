import { type UnzipFileInfo, unzipSync } from 'fflate';
import { asFormatError, FormatError } from '../format-error.ts';

/** How much a reader of archives may be asked for. */
export interface ZipLimits {
  /** Bytes that all files of an archive may take when they are unpacked. Default 4 GiB. */
  readonly maxBytes?: number;
  /** Files that an archive may have. Default 100,000. */
  readonly maxFiles?: number;
}

const DEFAULT_MAX_BYTES = 2 ** 32;
const DEFAULT_MAX_FILES = 100_000;

/** DEFLATE can't do better than this; whoever claims more lies. */
const MAX_RATIO = 1032;

const STORED = 0;
const DEFLATED = 8;

/**
 * The files of a zip archive. Sizes are checked before anything is unpacked: their sum against the limit, each against what
 * its compressed bytes can hold, and the compressed bytes against the archive's own, so that they can't overlap much.
 */
export function readZip(bytes: Uint8Array, limits: ZipLimits = {}): Map<string, Uint8Array> {
  const claimed = new Map<string, number>();
  const check = entryCheck(bytes.length, limits, claimed);
  const files = asFormatError('zip', () => unzipSync(bytes, { filter: check }));
  const result = new Map<string, Uint8Array>();
  for (const [name, size] of claimed) {
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (file?.length !== size) {
      throw new FormatError(`zip: '${name}' has ${file?.length ?? 'no'} bytes, but the archive claims ${size}`);
    }
    result.set(name, file);
  }
  return result;
}

function entryCheck(
  archiveBytes: number,
  { maxBytes = DEFAULT_MAX_BYTES, maxFiles = DEFAULT_MAX_FILES }: ZipLimits,
  claimed: Map<string, number>,
): (file: UnzipFileInfo) => boolean {
  let packed = 0;
  let unpacked = 0;
  return ({ name, size, originalSize, compression }) => {
    if (name.endsWith('/')) return false;
    packed += size;
    unpacked += originalSize;
    if (name === '' || claimed.has(name)) throw new FormatError(`zip: the file '${name}' is there twice`);
    if (claimed.size === maxFiles) throw new FormatError(`zip: more than ${maxFiles} files`);
    if (compression !== STORED && compression !== DEFLATED) {
      throw new FormatError(`zip: '${name}' is compressed by the method ${compression}; only DEFLATE is known`);
    }
    if (packed > archiveBytes) throw new FormatError('zip: the files overlap, or reach beyond the end');
    if (compression === STORED ? originalSize !== size : originalSize > (size + 1) * MAX_RATIO) {
      throw new FormatError(`zip: '${name}' claims ${originalSize} bytes in ${size}`);
    }
    if (unpacked > maxBytes) {
      throw new FormatError(
        `zip: the files take more than ${maxBytes} bytes; raise maxBytes if you trust their origin`,
      );
    }
    claimed.set(name, originalSize);
    return true;
  };
}
