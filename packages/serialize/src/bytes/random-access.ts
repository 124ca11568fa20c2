import { nodeModule } from '@gradus/storage';
import { FormatError } from '../format-error.ts';

/** Bytes that can be read in pieces: a file, a Blob, bytes in memory, or whatever answers range requests. */
export interface RandomAccess {
  /** Of all there is, in bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset` on; both within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/** What can be opened: a path (Node and other runtimes with `node:fs`), a Blob or File, bytes, or any RandomAccess. */
export type Source = string | Blob | Uint8Array | RandomAccess;

/** A source's bytes, in pieces. `op` names the caller where there are no files. */
export async function openSource(op: string, source: Source): Promise<RandomAccess> {
  if (typeof source === 'string') return openFile(op, source);
  if (source instanceof Uint8Array) {
    return { size: source.length, read: async (offset, length) => source.subarray(offset, offset + length) };
  }
  if (source instanceof Blob) {
    return {
      size: source.size,
      read: async (offset, length) => new Uint8Array(await source.slice(offset, offset + length).arrayBuffer()),
    };
  }
  return source;
}

async function openFile(op: string, path: string): Promise<RandomAccess> {
  const { open } = nodeModule<typeof import('node:fs/promises')>(op, 'node:fs/promises');
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new FormatError(`${path}: ends after ${offset + done} bytes, expected ${size}`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Reads the whole of a source and closes it. A FormatError of `parse` names the file. */
export async function readWhole<T>(op: string, source: Source, parse: (bytes: Uint8Array) => T): Promise<T> {
  const access = await openSource(op, source);
  try {
    return parse(await access.read(0, access.size));
  } catch (cause) {
    throw named(source, cause);
  } finally {
    if (access !== source) await access.close?.();
  }
}

/** The error with the name of the file in front, where it is one. */
export function named(source: Source, cause: unknown): unknown {
  if (typeof source !== 'string' || !(cause instanceof FormatError) || cause.message.startsWith(`${source}: `)) {
    return cause;
  }
  return cause.within(source);
}
