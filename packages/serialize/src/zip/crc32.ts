/** At k * 256 + b: what a byte b does to the checksum when k bytes come after it. */
const table: Int32Array = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  table[byte] = crc;
}
for (let i = 256; i < table.length; i++) {
  const before = table[i - 256] as number;
  table[i] = (before >>> 8) ^ (table[before & 0xff] as number);
}

/** The checksum of files in zip archives (ISO 3309), eight bytes at a time (Kounavis & Berry 2005). */
export function crc32(bytes: Uint8Array): number {
  const effect = (after: number, byte: number): number => table[(after << 8) | byte] as number;
  const end = bytes.length - (bytes.length % 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  for (let i = 0; i < end; i += 8) {
    const [low, high] = [crc ^ view.getInt32(i, true), view.getInt32(i + 4, true)];
    crc =
      effect(7, low & 0xff) ^
      effect(6, (low >>> 8) & 0xff) ^
      effect(5, (low >>> 16) & 0xff) ^
      effect(4, low >>> 24) ^
      effect(3, high & 0xff) ^
      effect(2, (high >>> 8) & 0xff) ^
      effect(1, (high >>> 16) & 0xff) ^
      effect(0, high >>> 24);
  }
  for (let i = end; i < bytes.length; i++) crc = effect(0, (crc ^ (bytes[i] as number)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}
