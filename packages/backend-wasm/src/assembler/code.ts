/** Bytes of instructions, nested as they were composed: operands first, then the instruction that consumes them. */
export type Code = number | readonly Code[];

/** Appends the bytes of `code` to a list. */
export function flatten(code: Code, into: number[]): void {
  if (typeof code === 'number') into.push(code);
  else for (const part of code) flatten(part, into);
}

/** LEB128 of a non-negative integer below 2^32. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** LEB128 of a signed 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 127;
    const isLast = (rest >> 7 === 0 && (low & 64) === 0) || (rest >> 7 === -1 && (low & 64) !== 0);
    bytes.push(isLast ? low : low | 128);
    if (isLast) return bytes;
  }
}

const scratch = new DataView(new ArrayBuffer(16));

function scratchBytes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => scratch.getUint8(i));
}

/** The 4 little-endian bytes of a float32. */
export function float32Bytes(value: number): number[] {
  scratch.setFloat32(0, value, true);
  return scratchBytes(4);
}

/** The 8 little-endian bytes of a float64. */
export function float64Bytes(value: number): number[] {
  scratch.setFloat64(0, value, true);
  return scratchBytes(8);
}

/** The 4 little-endian bytes of a 32-bit integer. */
export function int32Bytes(value: number): number[] {
  scratch.setInt32(0, value, true);
  return scratchBytes(4);
}
