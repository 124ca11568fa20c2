import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../src/index.ts';
import { crc32 } from '../src/zip/crc32.ts';
import { readZip } from '../src/zip/read-zip.ts';
import { writeZip } from '../src/zip/write-zip.ts';

const random = Uint8Array.from({ length: 1000 }, (_, i) => (i * i * 31) >> 3);
const files = new Map([
  ['empty', new Uint8Array(0)],
  ['zeros', new Uint8Array(500)],
  ['folder/other', random],
]);

/** A comment at the end, which is as long as the last two bytes say. */
function commented(archive: Uint8Array, comment: string): Uint8Array {
  const result = Uint8Array.from([...archive, ...new TextEncoder().encode(comment)]);
  new DataView(result.buffer).setUint16(archive.length - 2, comment.length, true);
  return result;
}

/** The same archive, whose end is described in the zip64 way: the old record says that its numbers are there. */
function asZip64(archive: Uint8Array): Uint8Array {
  const end = archive.length - 22;
  const old = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const [count, size, start] = [
    old.getUint16(end + 8, true),
    old.getUint32(end + 12, true),
    old.getUint32(end + 16, true),
  ];
  const result = new Uint8Array(archive.length + 76);
  result.set(archive.subarray(0, end));
  result.set(archive.subarray(end), end + 76);
  const view = new DataView(result.buffer);
  view.setUint32(end, 0x06064b50, true);
  view.setBigUint64(end + 4, 44n, true);
  for (const at of [24, 32]) view.setBigUint64(end + at, BigInt(count), true);
  view.setBigUint64(end + 40, BigInt(size), true);
  view.setBigUint64(end + 48, BigInt(start), true);
  view.setUint32(end + 56, 0x07064b50, true);
  view.setBigUint64(end + 64, BigInt(end), true);
  view.setUint32(end + 72, 1, true);
  for (const at of [8, 10]) view.setUint16(end + 76 + at, 0xffff, true);
  for (const at of [12, 16]) view.setUint32(end + 76 + at, 0xffffffff, true);
  return result;
}

/** Where the directory tells of a file. */
function directoryEntry(archive: Uint8Array, name: string): number {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  return bytes.lastIndexOf(name) - 46;
}

test("checksums are zlib's", () => {
  for (const bytes of files.values()) expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  for (let length = 1; length < 20; length++) {
    const part = random.subarray(7, 7 + length);
    expect(crc32(part)).toBe(zlibCrc32(part));
  }
});

describe.each([false, true])('an archive; compressed: %s', (compress) => {
  const archive = writeZip(files, { compress });

  test.each([
    ['as it is', archive],
    ['with a comment', commented(archive, 'PK\x05\x06, one might think')],
    ['with a zip64 end', asZip64(archive)],
    ['in the middle of a buffer', Uint8Array.from([1, ...archive]).subarray(1)],
  ])('is read %s', (_, bytes) => {
    expect(readZip(bytes)).toEqual(files);
  });

  test.each([
    ['as it is', archive],
    ['with a comment', commented(archive, 'hello')],
    ['with a zip64 end', asZip64(archive)],
  ])('a wrong checksum is found %s', (_, bytes) => {
    const damaged = new Uint8Array(bytes);
    const second = directoryEntry(damaged, 'zeros');
    damaged[second + 16] = (damaged[second + 16] as number) ^ 1;
    expect(() => readZip(damaged)).toThrow(FormatError);
    expect(() => readZip(damaged)).toThrow("'zeros' is damaged");
    expect(readZip(damaged, { checksums: false })).toEqual(files);
  });
});

test('a wrong byte is found', () => {
  const archive = writeZip(files, { compress: false });
  const damaged = new Uint8Array(archive);
  const content = Buffer.from(archive).indexOf(random);
  damaged[content + 500] = (damaged[content + 500] as number) ^ 0x10;
  expect(() => readZip(damaged)).toThrow("'folder/other' is damaged");
});
