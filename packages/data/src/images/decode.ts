import { ArgumentError } from '@gradus/storage';
import { missingPackage } from '../optional-package.ts';

/** Pixels in rows from the top, channels next to each other. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 2 gray with alpha, 3 RGB, 4 RGBA. */
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/** Reads a PNG or JPEG file, with the npm packages `fast-png` or `jpeg-js`. Deeper colors are reduced to 8 bits. */
export async function decodeImage(file: Uint8Array): Promise<DecodedImage> {
  if (startsWith(file, [0x89, 0x50, 0x4e, 0x47])) return decodePng(file);
  if (startsWith(file, [0xff, 0xd8, 0xff])) return decodeJpeg(file);
  throw new ArgumentError('decodeImage: the bytes are neither a PNG nor a JPEG file');
}

function startsWith(file: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => file[i] === byte);
}

async function decodePng(file: Uint8Array): Promise<DecodedImage> {
  const { convertIndexedToRgb, decode } = await loadPng();
  const png = decode(file);
  const { width, height, depth } = png;
  if (png.palette !== undefined) {
    const pixels = Uint8Array.from(convertIndexedToRgb(png));
    return { width, height, channels: pixels.length / (width * height), pixels };
  }
  const pixels =
    depth < 8 ? unpacked(png.data, width, height, depth) : Uint8Array.from(png.data, (value) => value >> (depth - 8));
  return { width, height, channels: png.channels, pixels };
}

/** Gray levels of less than 8 bits: rows of bytes that hold several, the first in the highest bits. */
function unpacked(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const bytesPerRow = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [row, bit] = [Math.floor(i / width), (i % width) * depth];
    const byte = data[row * bytesPerRow + (bit >> 3)] as number;
    return (((byte >> (8 - depth - (bit & 7))) & mask) * 255) / mask;
  });
}

async function decodeJpeg(file: Uint8Array): Promise<DecodedImage> {
  const { default: jpeg } = await loadJpeg();
  const { width, height, data } = jpeg.decode(file, { useTArray: true, formatAsRGBA: false });
  return { width, height, channels: 3, pixels: data };
}

async function loadPng() {
  try {
    return await import('fast-png');
  } catch (error) {
    throw missingPackage('decodeImage', 'fast-png', error);
  }
}

async function loadJpeg() {
  try {
    return await import('jpeg-js');
  } catch (error) {
    throw missingPackage('decodeImage', 'jpeg-js', error);
  }
}
