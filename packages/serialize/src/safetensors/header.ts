import { formatShape, type Shape, sizeOf } from '@gradus/storage';
import { type ElementName, type ElementType, elementTypes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';
import { duplicateKey } from './duplicate-key.ts';

/** What the header says of one tensor. */
export interface Entry {
  readonly element: ElementType;
  readonly shape: Shape;
  /** First byte and end, counted from the start of the data. */
  readonly offsets: readonly [number, number];
}

export interface Header {
  /** In the order of the data. */
  readonly entries: readonly (readonly [string, Entry])[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data begins in the file. */
  readonly dataStart: number;
}

/** Bytes before the header's text: its length. */
export const LENGTH_BYTES = 8;

/** Readers refuse larger headers than this, as the reference implementation does. */
const MAX_HEADER_BYTES = 100_000_000;
const OPENING_BRACE = 0x7b;

/** The bytes of the header's text, from the first eight of a file of `fileSize` bytes. */
export function headerLength(start: Uint8Array, fileSize: number): number {
  if (fileSize < LENGTH_BYTES) {
    throw new FormatError(`safetensors: a file of ${fileSize} bytes is too short for a header`);
  }
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || LENGTH_BYTES + length > fileSize) {
    throw new FormatError(`safetensors: the header claims ${length} bytes, but the file has ${fileSize}`);
  }
  return length;
}

/**
 * Reads and checks the header's text: every tensor has the bytes that its dtype and shape take, and together they fill the
 * data without gaps or overlaps.
 */
export function parseHeader(text: Uint8Array, fileSize: number): Header {
  const { __metadata__: metadata = {}, ...rest } = parseJson(text);
  const entries = Object.entries(rest)
    .map(([name, value]) => [name, parseEntry(name, value)] as const)
    .sort(([, a], [, b]) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  const dataStart = LENGTH_BYTES + text.length;
  assertContiguous(entries, fileSize - dataStart);
  return { entries, metadata: parseMetadata(metadata), dataStart };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('safetensors: the header is no JSON', { cause });
  }
  if (bytes[0] !== OPENING_BRACE || !isRecord(json)) throw new FormatError('safetensors: the header is no JSON object');
  const twice = duplicateKey(text);
  if (twice !== null) throw new FormatError(`safetensors: the header has ${twice} twice`);
  return json;
}

function parseEntry(name: string, value: unknown): Entry {
  if (!isRecord(value) || !isCounts(value.shape) || !isCounts(value.data_offsets) || value.data_offsets.length !== 2) {
    throw new FormatError(`safetensors: the entry '${name}' must have a dtype, a shape and data_offsets`);
  }
  const { shape } = value;
  const [begin, end] = value.data_offsets as [number, number];
  const element = elementOf(name, value.dtype);
  if (end - begin !== sizeOf(shape) * element.bytes) {
    const got = `${end - begin} bytes, from ${begin} to ${end}`;
    throw new FormatError(
      `safetensors: '${name}' has ${got}; ${value.dtype} ${formatShape(shape)} takes ${sizeOf(shape) * element.bytes}`,
    );
  }
  return { element, shape, offsets: [begin, end] };
}

/** The format's names are ours in capitals. */
function elementOf(name: string, dtype: unknown): ElementType {
  const key = String(dtype).toLowerCase();
  if (typeof dtype !== 'string' || key.toUpperCase() !== dtype || !Object.hasOwn(elementTypes, key)) {
    throw new FormatError(`safetensors: '${name}' has the unknown dtype ${dtype}`);
  }
  return elementTypes[key as ElementName];
}

function parseMetadata(value: unknown): Readonly<Record<string, string>> {
  if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'))
    return value as Record<string, string>;
  throw new FormatError('safetensors: __metadata__ must map names to strings');
}

function assertContiguous(entries: Header['entries'], dataBytes: number): void {
  let end = 0;
  for (const [name, { offsets }] of entries) {
    if (offsets[0] !== end)
      throw new FormatError(`safetensors: '${name}' starts at byte ${offsets[0]}, expected ${end}`);
    end = offsets[1];
  }
  if (end !== dataBytes)
    throw new FormatError(`safetensors: tensors take ${end} bytes, but the file holds ${dataBytes}`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
