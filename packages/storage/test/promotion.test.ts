import { describe, expect, test } from 'vitest';
import { type DType, dtypes, promoteTypes, resultType } from '../src/index.ts';

// Printed by torch.promote_types, but for two different integer types, which give int32 here where PyTorch has int16,
// int32 or int64, and uint32, which its table lacks.
const table: Readonly<Record<string, DType>> = {
  'float32 float64': 'float64',
  'float32 float16': 'float32',
  'float32 bfloat16': 'float32',
  'float32 int32': 'float32',
  'float32 uint32': 'float32',
  'float32 uint8': 'float32',
  'float32 int8': 'float32',
  'float32 bool': 'float32',
  'float64 float16': 'float64',
  'float64 bfloat16': 'float64',
  'float64 int32': 'float64',
  'float64 uint32': 'float64',
  'float64 uint8': 'float64',
  'float64 int8': 'float64',
  'float64 bool': 'float64',
  'float16 bfloat16': 'float32',
  'float16 int32': 'float16',
  'float16 uint32': 'float16',
  'float16 uint8': 'float16',
  'float16 int8': 'float16',
  'float16 bool': 'float16',
  'bfloat16 int32': 'bfloat16',
  'bfloat16 uint32': 'bfloat16',
  'bfloat16 uint8': 'bfloat16',
  'bfloat16 int8': 'bfloat16',
  'bfloat16 bool': 'bfloat16',
  'int32 uint32': 'int32',
  'int32 uint8': 'int32',
  'int32 int8': 'int32',
  'int32 bool': 'int32',
  'uint32 uint8': 'int32',
  'uint32 int8': 'int32',
  'uint32 bool': 'uint32',
  'uint8 int8': 'int32',
  'uint8 bool': 'uint8',
  'int8 bool': 'int8',
};

test('the table names every pair', () => {
  expect(Object.keys(table)).toHaveLength((dtypes.length * (dtypes.length - 1)) / 2);
});

test.each(Object.entries(table))('promoteTypes %s -> %s, in either order', (pair, expected) => {
  const [a, b] = pair.split(' ') as [DType, DType];
  expect(promoteTypes(a, b)).toBe(expected);
  expect(promoteTypes(b, a)).toBe(expected);
});

test('a dtype with itself', () => {
  for (const dtype of dtypes) expect(promoteTypes(dtype, dtype)).toBe(dtype);
});

describe('resultType', () => {
  const tensor = (dtype: DType, ...shape: number[]) => ({ dtype, layout: { shape } });

  test('numbers do not widen within a category', () => {
    expect(resultType(tensor('float16', 3), 2.5)).toBe('float16');
    expect(resultType(tensor('uint8', 3), 300)).toBe('uint8');
    expect(resultType(tensor('bool', 3), true)).toBe('bool');
  });

  test('numbers raise the category', () => {
    expect(resultType(tensor('int32', 3), 2.5)).toBe('float32');
    expect(resultType(tensor('bool', 3), 2)).toBe('int32');
  });

  test('0-d tensors raise the category only', () => {
    expect(resultType(tensor('float32', 3), tensor('float64'))).toBe('float32');
    expect(resultType(tensor('int32', 3), tensor('float64'))).toBe('float64');
    expect(resultType(tensor('int8', 3), tensor('int32'))).toBe('int8');
    expect(resultType(tensor('float32'), tensor('float64'))).toBe('float64');
  });

  test('numbers stand below 0-d tensors', () => {
    expect(resultType(tensor('float64'), 2.5)).toBe('float64');
    expect(resultType(tensor('uint8'), 7)).toBe('uint8');
    expect(resultType(1, 2)).toBe('int32');
    expect(resultType()).toBe('float32');
  });
});
