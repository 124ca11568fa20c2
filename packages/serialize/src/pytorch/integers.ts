import { FormatError } from '../format-error.ts';

/** Integers of more bytes than this are no numbers that a checkpoint has. */
const MAX_INTEGER_BYTES = 256;

/** Little-endian two's complement. */
export function integerOf(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_INTEGER_BYTES) throw new FormatError(`pytorch: an integer of ${bytes.length} bytes`);
  if (bytes.length === 0) return 0;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse();
  return narrow(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex.join('')}`)));
}

/** Protocol 0: decimal digits, an L after those of a long; 00 and 01 are False and True. */
export function integerOfText(text: string): number | bigint | boolean {
  if (text === '00' || text === '01') return text === '01';
  if (!/^[-+]?\d{1,500}L?$/.test(text)) throw new FormatError(`pytorch: '${text.slice(0, 20)}' is no integer`);
  return narrow(BigInt(text.replace(/^\+|L$/g, '')));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
