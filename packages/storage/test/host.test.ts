import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DTypeError, decode, encode, flatten, nest, ShapeError, sizeOf } from '../src/index.ts';

describe('flatten', () => {
  test('undoes nest', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const values = Array.from({ length: sizeOf(shape) }, (_, i) => i + 0.5);
        expect(flatten('tensor', nest(values, shape) as number)).toEqual({ values, shape, dtype: 'float32' });
      }),
    );
  });

  test('takes dtypes from typed arrays and booleans', () => {
    expect(flatten('tensor', Float64Array.of(1)).dtype).toBe('float64');
    expect(flatten('tensor', Uint8ClampedArray.of(1)).dtype).toBe('uint8');
    expect(flatten('tensor', BigInt64Array.of(5n))).toEqual({ values: Int32Array.of(5), shape: [1], dtype: 'int32' });
    expect(flatten('tensor', [[true], [false]]).dtype).toBe('bool');
    expect(flatten('tensor', [true, 1]).dtype).toBe('float32');
    expect(flatten('tensor', 3)).toEqual({ values: [3], shape: [], dtype: 'float32' });
    expect(flatten('tensor', [])).toEqual({ values: [], shape: [0], dtype: 'float32' });
  });

  test('says where a nested array is ragged', () => {
    expect(() => flatten('tensor', [[1, 2], [3]])).toThrow(
      /tensor: ragged nested array: expected 2 elements at depth 1/,
    );
    expect(() => flatten('tensor', [[1, 2], 3])).toThrow(ShapeError);
    expect(() => flatten('tensor', [1, [2]])).toThrow(ShapeError);
    expect(() => flatten('tensor', ['a'] as never)).toThrow(/expected a number/);
    expect(() => flatten('tensor', new DataView(new ArrayBuffer(4)) as never)).toThrow(DTypeError);
  });
});

test('nest asks for as many values as the shape holds', () => {
  expect(nest([1, 2, 3, 4], [2, 2])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(nest([7], [])).toBe(7);
  expect(nest([], [2, 0])).toEqual([[], []]);
  expect(() => nest([1], [2])).toThrow(ShapeError);
});

test('encode and decode: casts as PyTorch, bool one byte at the border, halves as float32', () => {
  const bytes = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer);
  expect(encode([-1.9, 300, 2.5], 'int32')).toEqual(Int32Array.of(-1, 300, 2));
  expect(encode([0, 2, Number.NaN], 'bool')).toEqual(Int32Array.of(0, 1, 1));
  expect(decode(bytes(encode([0, 5], 'bool')), 'bool')).toEqual(Uint8Array.of(0, 1));
  expect(decode(bytes(encode([1.5, -0.1], 'float16')), 'float16')).toEqual(Float32Array.of(1.5, -0.0999755859375));
  expect(decode(bytes(encode([1.5, 3.14159], 'bfloat16')), 'bfloat16')).toEqual(Float32Array.of(1.5, 3.140625));
  const source = encode([1, 2], 'float64');
  const copy = decode(bytes(source), 'float64');
  source[0] = 9;
  expect(copy).toEqual(Float64Array.of(1, 2));
});
