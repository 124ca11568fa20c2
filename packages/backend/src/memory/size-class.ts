/**
 * The size of the buffer that holds `byteLength` bytes: rounded up to a multiple of `unit`, and from 1 KiB on to eighths of
 * a power of two, so that similar sizes share released memory.
 */
export function sizeClass(byteLength: number, unit: number): number {
  const size = Math.max(unit, Math.ceil(byteLength / unit) * unit);
  if (size <= 1024) return size;
  const step = 2 ** (31 - Math.clz32(size) - 3);
  return Math.ceil(size / step) * step;
}
