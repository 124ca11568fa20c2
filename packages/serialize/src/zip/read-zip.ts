import { type UnzipFileInfo, unzipSync } from 'fflate';
import { asFormatError, FormatError } from '../format-error.ts';
import { crc32 } from './crc32.ts';
import { checksumsOf } from './directory.ts';

/** How much a reader of archives may be asked for, and whether it looks for damage. */
export interface ReadZipOptions {
  /** Bytes that all files of an archive may take when they are unpacked. Default 4 GiB. */
  readonly maxBytes?: number;
  /** Files that an archive may have. Default 100,000. */
  readonly maxFiles?: number;
  /**
   * Whether each file is compared with its checksum. Default true; false for archives whose writer left checksums out, as
   * PyTorch's does after `torch.serialization.set_crc32_options(False)`.
   */
  readonly checksums?: boolean;
}

const DEFAULT_MAX_BYTES = 2 ** 32;
const DEFAULT_MAX_FILES = 100_000;

/** DEFLATE can't do better than this; whoever claims more lies. */
const MAX_RATIO = 1032;

const STORED = 0;
const DEFLATED = 8;

/** What the archive says of a file. */
interface Claim {
  readonly size: number;
  /** Its place in the directory. */
  readonly entry: number;
}

/**
 * The files of a zip archive. Sizes are checked before anything is unpacked: their sum against the limit, each against what
 * its compressed bytes can hold, and the compressed bytes against the archive's own, so that they can't overlap much. What
 * was unpacked is compared with its checksum.
 */
export function readZip(bytes: Uint8Array, options: ReadZipOptions = {}): Map<string, Uint8Array> {
  const claims = new Map<string, Claim>();
  const check = entryCheck(bytes.length, options, claims);
  const files = asFormatError('zip', () => unzipSync(bytes, { filter: check }));
  const checksums = options.checksums === false || claims.size === 0 ? null : checksumsOf(bytes);
  const result = new Map<string, Uint8Array>();
  for (const [name, { size, entry }] of claims) {
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (file?.length !== size) {
      throw new FormatError(`zip: '${name}' has ${file?.length ?? 'no'} bytes, but the archive claims ${size}`);
    }
    if (checksums !== null && crc32(file) !== checksums[entry]) {
      throw new FormatError(
        `zip: '${name}' is damaged: it doesn't have its checksum; pass checksums: false to read it nevertheless`,
      );
    }
    result.set(name, file);
  }
  return result;
}

function entryCheck(
  archiveBytes: number,
  { maxBytes = DEFAULT_MAX_BYTES, maxFiles = DEFAULT_MAX_FILES }: ReadZipOptions,
  claims: Map<string, Claim>,
): (file: UnzipFileInfo) => boolean {
  let packed = 0;
  let unpacked = 0;
  let next = 0;
  return ({ name, size, originalSize, compression }) => {
    const entry = next++;
    if (name.endsWith('/')) return false;
    packed += size;
    unpacked += originalSize;
    if (name === '' || claims.has(name)) throw new FormatError(`zip: the file '${name}' is there twice`);
    if (claims.size === maxFiles) throw new FormatError(`zip: more than ${maxFiles} files`);
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
    claims.set(name, { size: originalSize, entry });
    return true;
  };
}
