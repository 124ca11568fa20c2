import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromValues, Tensor } from '@gradus/tensor';
import { expect } from 'vitest';
import { Tuple } from '../src/pytorch/index.ts';

const folder = join(import.meta.dirname, 'files');

export function readTestFile(name: string): Promise<Uint8Array> {
  return readFile(join(folder, name));
}

export async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as T;
}

/** A tensor as `files.json` has it. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly b64?: string;
  readonly data?: readonly number[];
  readonly stored_as?: string;
}

/** A value as `files.json` has it. */
export type StoredValue =
  | { readonly tensor: StoredTensor }
  | { readonly value: unknown }
  | { readonly list: readonly StoredValue[] }
  | { readonly tuple: readonly StoredValue[] }
  | { readonly dict: readonly (readonly [string | number, StoredValue])[] };

export interface TestFiles {
  readonly checkpoints: readonly { readonly file: string; readonly expected: StoredValue }[];
  readonly onnx: readonly {
    readonly file: string;
    readonly input: StoredTensor;
    readonly outputs: readonly StoredTensor[];
    readonly rtol: number;
    readonly atol: number;
  }[];
}

export function valuesOf({ dtype, b64, data, stored_as }: StoredTensor): readonly number[] {
  if (b64 === undefined) return data ?? [];
  const bytes = Uint8Array.from(Buffer.from(b64, 'base64')).buffer;
  return [...((stored_as ?? dtype) === 'f64' ? new Float64Array(bytes) : new Float32Array(bytes))];
}

export function tensorOf(stored: StoredTensor): Tensor {
  return fromValues(valuesOf(stored), stored.shape, { dtype: stored.dtype === 'i64' ? 'int32' : 'float32' });
}

const dtypes: Readonly<Record<string, string>> = {
  f32: 'float32',
  f64: 'float64',
  f16: 'float16',
  bf16: 'bfloat16',
  i64: 'int32',
  i32: 'int32',
  u8: 'uint8',
  bool: 'bool',
};

/** Compares a value that was read with what should be in it, to the bit. */
export async function expectValue(actual: unknown, expected: StoredValue): Promise<void> {
  if ('tensor' in expected) {
    const { dtype, shape } = expected.tensor;
    expect(actual).toBeInstanceOf(Tensor);
    const x = actual as Tensor;
    expect([x.dtype, x.shape]).toEqual([dtypes[dtype], shape]);
    expect([...(await x.data())]).toEqual(valuesOf(expected.tensor));
  } else if ('value' in expected) {
    expect(actual).toBe(expected.value);
  } else if ('dict' in expected) {
    expect(actual).toBeInstanceOf(Map);
    const map = actual as Map<string | number, unknown>;
    expect([...map.keys()]).toEqual(expected.dict.map(([key]) => key));
    for (const [key, value] of expected.dict) await expectValue(map.get(key), value);
  } else {
    const parts = 'list' in expected ? expected.list : expected.tuple;
    expect(Array.isArray(actual)).toBe(true);
    expect(actual instanceof Tuple).toBe('tuple' in expected);
    const list = actual as readonly unknown[];
    expect(list).toHaveLength(parts.length);
    for (const [i, part] of parts.entries()) await expectValue(list[i], part);
  }
}

/** The largest difference between a tensor's values and expected ones, as a part of what is tolerated. */
export async function expectClose(
  x: Tensor,
  shape: readonly number[],
  expected: ArrayLike<number>,
  { rtol = 1e-4, atol = 1e-5 }: { readonly rtol?: number; readonly atol?: number } = {},
): Promise<void> {
  expect(x.shape).toEqual(shape);
  const values = await x.data();
  expect(values.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] as number;
    const off = Math.abs((values[i] as number) - wanted);
    if (!(off <= atol + rtol * Math.abs(wanted))) expect.fail(`element ${i}: got ${values[i]}, expected ${wanted}`);
  }
}
