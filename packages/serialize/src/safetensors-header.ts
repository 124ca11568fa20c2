import { formatShape, type Shape, sizeOf } from '@gradus/storage';
import { FormatError } from './format-error.ts';
import { type FileDType, fileDTypes } from './safetensors-dtype.ts';

/** What the header says of one tensor. */
export interface Entry {
  readonly dtype: FileDType;
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

/** Readers refuse larger headers than this, as the reference implementation does. */
const MAX_HEADER_BYTES = 100_000_000;
const OPENING_BRACE = 0x7b;

/**
 * Reads and checks the header: every tensor has the bytes that its dtype and shape take, and together they fill the data
 * without gaps or overlaps.
 */
export function parseHeader(bytes: Uint8Array): Header {
  if (bytes.length < 8) throw new FormatError(`safetensors: a file of ${bytes.length} bytes is too short for a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > bytes.length) {
    throw new FormatError(`safetensors: the header claims ${length} bytes, but the file has ${bytes.length}`);
  }
  const { __metadata__: metadata = {}, ...rest } = parseJson(bytes.subarray(8, 8 + length));
  const entries = Object.entries(rest)
    .map(([name, value]) => [name, parseEntry(name, value)] as const)
    .sort(([, a], [, b]) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  assertContiguous(entries, bytes.length - 8 - length);
  return { entries, metadata: parseMetadata(metadata), dataStart: 8 + length };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FormatError('safetensors: the header is no JSON', { cause });
  }
  if (bytes[0] !== OPENING_BRACE || !isRecord(json)) throw new FormatError('safetensors: the header is no JSON object');
  return json;
}

function parseEntry(name: string, value: unknown): Entry {
  if (!isRecord(value) || !isCounts(value.shape) || !isCounts(value.data_offsets) || value.data_offsets.length !== 2) {
    throw new FormatError(`safetensors: the entry '${name}' must have a dtype, a shape and data_offsets`);
  }
  const { shape } = value;
  const [begin, end] = value.data_offsets as [number, number];
  const dtype = fileDTypes.get(String(value.dtype));
  if (dtype === undefined) throw new FormatError(`safetensors: '${name}' has the unknown dtype ${value.dtype}`);
  if (end - begin !== sizeOf(shape) * dtype.bytes) {
    const got = `${end - begin} bytes, from ${begin} to ${end}`;
    throw new FormatError(
      `safetensors: '${name}' has ${got}; ${value.dtype} ${formatShape(shape)} takes ${sizeOf(shape) * dtype.bytes}`,
    );
  }
  return { dtype, shape, offsets: [begin, end] };
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
