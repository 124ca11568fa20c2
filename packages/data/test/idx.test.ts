import { ArgumentError } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { parseIdx } from '../src/index.ts';

/** An IDX file of big-endian bytes. */
const idx = (type: number, shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.of(0, 0, type, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...data);

describe('parseIdx', () => {
  test.each([
    ['uint8', 0x08, [0, 255], Uint8Array.of(0, 255)],
    ['int8', 0x09, [0x80, 0x7f], Int8Array.of(-128, 127)],
    ['int16', 0x0b, [0x80, 0, 0x01, 0x02], Int32Array.of(-32768, 258)],
    ['int32', 0x0c, [0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0], Int32Array.of(-2, 65536)],
    ['float32', 0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], Float32Array.of(1, -2)],
    ['float64', 0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], Float64Array.of(1, -2)],
  ])('reads %s', (_, type, data, values) => {
    expect(parseIdx(idx(type, [2], data))).toEqual({ shape: [2], values });
  });

  test('reads several axes, also from the middle of a buffer', () => {
    const file = idx(0x08, [2, 1, 3], [1, 2, 3, 4, 5, 6]);
    const within = Buffer.concat([Buffer.from([9]), file, Buffer.from([9])]).subarray(1, 1 + file.length);
    const { shape, values } = parseIdx(within);
    expect(shape).toEqual([2, 1, 3]);
    expect(values).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(parseIdx(idx(0x08, [0, 300], [])).values.length).toBe(0);
    expect(parseIdx(idx(0x08, [], [7]))).toEqual({ shape: [], values: Uint8Array.of(7) });
  });

  test.each([
    ['empty', new Uint8Array(0), 'begins with 0, 0'],
    ['too short', Uint8Array.of(0, 0, 8), 'begins with 0, 0'],
    ['another format', new TextEncoder().encode('GIF89a..........'), 'begins with 0, 0'],
    ['unknown type', idx(0x0a, [1], [1]), 'a known element type'],
    ['sizes cut off', idx(0x08, [2, 2], []).subarray(0, 10), 'end within the sizes'],
    ['data cut off', idx(0x08, [2, 2], [1, 2, 3]), '3 bytes after the header, not 2 x 2 elements'],
    ['data left over', idx(0x0b, [1], [1, 2, 3]), '3 bytes after the header'],
    ['sizes beyond all memory', Uint8Array.of(0, 0, 8, 3, ...new Uint8Array(12).fill(255)), '0 bytes after the header'],
  ])('refuses a file: %s', (_, file, message) => {
    expect(() => parseIdx(file)).toThrow(ArgumentError);
    expect(() => parseIdx(file)).toThrow(message);
  });
});
