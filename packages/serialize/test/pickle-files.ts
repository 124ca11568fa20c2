import { zipSync } from 'fflate';

/** A pickle of text opcodes (protocol 0, but for \x81 and the like); strings are written as S'...'. */
export function asciiPickle(text: string): Uint8Array {
  const parts: number[] = [];
  for (const piece of text.split(/(S'[^']*'\n)/)) {
    const [, string] = /^S'([^']*)'\n$/.exec(piece) ?? [];
    if (string === undefined) parts.push(...Buffer.from(piece, 'latin1'));
    else parts.push(0x55, string.length, ...Buffer.from(string));
  }
  return Uint8Array.from(parts);
}

/** A checkpoint in the zip format. */
export function zipFile(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  name = 'data.pkl',
): Uint8Array {
  const files = Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes]);
  return zipSync({ [`archive/${name}`]: pickle, ...Object.fromEntries(files) }, { level: 0 });
}

/** A checkpoint in the format before 1.6, without storages. */
export function legacyFile(pickle: Uint8Array): Uint8Array {
  const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
  const version = [0x80, 2, 0x4d, 0xe9, 3, 0x2e];
  const machine = [0x80, 2, 0x7d, 0x2e];
  return Uint8Array.from([...magic, ...version, ...machine, ...pickle, 0x80, 2, 0x5d, 0x2e]);
}
