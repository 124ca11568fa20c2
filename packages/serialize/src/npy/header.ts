import { formatShape, type Shape } from '@gradus/storage';
import { FormatError } from '../format-error.ts';
import { type NpyDType, parseDescr } from './dtype.ts';
import { type PythonLiteral, parseLiteral } from './python-literal.ts';

/** `\x93NUMPY` */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER_BYTES = 1 << 20;
/** As NumPy has it. */
const MAX_AXES = 64;

export interface NpyHeader {
  readonly dtype: NpyDType;
  readonly shape: Shape;
  /** Column-major: the first axis runs fastest. */
  readonly fortranOrder: boolean;
  /** Where the values begin. */
  readonly dataStart: number;
}

/**
 * Reads and checks a header of version 1, 2 or 3.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new FormatError('npy: this is no .npy file');
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw new FormatError(`npy: version ${version} is unknown`);
  const textStart = version === 1 ? 10 : 12;
  if (bytes.length < textStart) throw new FormatError('npy: the file ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = textStart + length;
  if (length > MAX_HEADER_BYTES || dataStart > bytes.length) {
    throw new FormatError(`npy: the header claims ${length} bytes, but the file has ${bytes.length}`);
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(textStart, dataStart));
  return { ...parseFields(parseLiteral(text)), dataStart };
}

function parseFields(header: PythonLiteral): Omit<NpyHeader, 'dataStart'> {
  if (!(header instanceof Map) || header.size !== 3) {
    throw new FormatError('npy: the header must have descr, fortran_order and shape');
  }
  const fortranOrder = header.get('fortran_order');
  const shape = header.get('shape');
  if (typeof fortranOrder !== 'boolean' || !isShape(shape)) {
    throw new FormatError('npy: the header must have fortran_order as a bool and shape as a tuple of sizes');
  }
  const dtype = parseDescr(header.get('descr'));
  const size = shape.reduce((product, n) => product * n, dtype.element.bytes);
  if (!Number.isSafeInteger(size)) throw new FormatError(`npy: the shape ${formatShape(shape)} is too large`);
  return { dtype, shape, fortranOrder };
}

function isShape(value: PythonLiteral | undefined): value is number[] {
  return (
    Array.isArray(value) && value.length <= MAX_AXES && value.every((n) => Number.isSafeInteger(n) && Number(n) >= 0)
  );
}

/** A header of version 1, padded with spaces so that the values start on a multiple of 64. */
export function npyHeader(descr: string, shape: Shape): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = MAGIC.length + 4;
  const length = Math.ceil((start + text.length + 1) / 64) * 64 - start;
  const header = new Uint8Array(start + length).fill(0x20);
  header.set(MAGIC);
  header.set([1, 0, length & 0xff, length >> 8], MAGIC.length);
  header.set(new TextEncoder().encode(text), start);
  header[header.length - 1] = 0x0a;
  return header;
}
