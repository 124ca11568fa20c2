/** Conversions between numbers and the 16-bit patterns of float16 (IEEE 754 binary16) and bfloat16. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Nearest float16 pattern, ties to even; overflow gives an infinity. */
export function toFloat16(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (!(magnitude < 65520)) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00);
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = ((word >>> 23) & 0xff) - 127;
  // The significand is rounded from the double itself, so that no double rounding through float32 creeps in;
  // 2048 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundHalfEven(magnitude * 2 ** (10 - exponent)) - 0x400);
}

export function fromFloat16(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >>> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Nearest bfloat16 pattern, ties to even. */
export function toBfloat16(value: number): number {
  float[0] = value;
  const word = bits[0] as number;
  if (Number.isNaN(value)) return 0x7fc0;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

export function fromBfloat16(pattern: number): number {
  bits[0] = pattern << 16;
  return float[0] as number;
}

/** Nearest integer, ties to even (Math.round takes ties up); a negative number that rounds to zero gives -0. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  if (!up) return floor;
  return floor === -1 ? -0 : floor + 1;
}
