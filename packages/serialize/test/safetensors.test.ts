import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { ArgumentError, DTypeError } from '@gradus/storage';
import { arange, ones, type Tensor, tensor, zeros } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { FormatError, readSafetensors, writeSafetensors } from '../src/index.ts';

await use(cpu());

/** A file as an independent writer makes it: a header, of a claimed length if need be, and the data. */
function fileOf(header: unknown, data: ArrayLike<number> = [], claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

const bytesOf = (values: { readonly buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(values.buffer);

async function roundTrip(x: Tensor): Promise<Tensor> {
  return readSafetensors(await writeSafetensors(new Map([['x', x]]))).tensors.get('x') as Tensor;
}

describe('a round trip', () => {
  const specials = [0, -0, 1, -1.5, 3.1415926, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  test.each([
    ['float32', specials],
    ['float64', [...specials, 1 / 3]],
    ['float16', [...specials, 65504, 2 ** -24]],
    ['bfloat16', [...specials, 3e38]],
    ['int32', [0, -1, 2147483647, -2147483648]],
    ['uint32', [0, 4294967295]],
    ['int8', [0, -128, 127]],
    ['uint8', [0, 255]],
    ['bool', [1, 0, 1]],
  ] as const)('keeps %s to the bit', async (dtype, values) => {
    const x = tensor([...values], { dtype });
    const read = await roundTrip(x);
    expect(read.dtype).toBe(dtype);
    expect(await read.data()).toEqual(await x.data());
  });

  test.each([
    ['a scalar', () => tensor(7)],
    ['no elements', () => zeros([0])],
    ['an empty axis in the middle', () => zeros([3, 0, 2])],
    ['six axes', () => arange(64).reshape([1, 2, 2, 4, 2, 2])],
    ['a transposed view', () => arange(6).reshape([2, 3]).mT],
    ['a strided view', () => arange(10).slice(0, 1, 9, 3)],
  ])('keeps %s', async (_, make) => {
    const x = make();
    const read = await roundTrip(x);
    expect(read.shape).toEqual(x.shape);
    expect(await read.toArray()).toEqual(await x.toArray());
  });

  test('keeps names, their order, and metadata', async () => {
    const names = ['layer.weight', '10', '2', 'ünïcode "quoted"', '__proto__'];
    const tensors = new Map(names.map((name, i) => [name, tensor([i])] as const));
    const metadata = { format: 'pt', note: 'two\nlines' };
    const read = readSafetensors(await writeSafetensors(tensors, { metadata }));
    expect([...read.tensors.keys()]).toEqual(names);
    expect(read.metadata).toEqual(metadata);
    for (const [i, name] of names.entries()) expect(await read.tensors.get(name)?.toArray()).toEqual([i]);
  });

  test('keeps a file without tensors', async () => {
    const read = readSafetensors(await writeSafetensors(new Map()));
    expect(read.tensors.size).toBe(0);
    expect(read.metadata).toEqual({});
  });

  test('refuses the name that belongs to the metadata', async () => {
    await expect(writeSafetensors(new Map([['__metadata__', ones([1])]]))).rejects.toThrow(ArgumentError);
  });
});

test('the written bytes are what the format says', async () => {
  const file = await writeSafetensors(
    new Map([
      ['b', tensor([true, false])],
      ['a', tensor([1, 2])],
    ]),
  );
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
    b: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] },
    a: { dtype: 'F32', shape: [2], data_offsets: [2, 10] },
  });
  expect([...file.subarray(8 + length)]).toEqual([1, 0, 0, 0, 128, 63, 0, 0, 0, 64]);
});

describe('a file of another writer', () => {
  test('may list tensors in any order and start them anywhere', async () => {
    const file = fileOf(
      {
        second: { dtype: 'F32', shape: [2], data_offsets: [1, 9] },
        first: { dtype: 'U8', shape: [], data_offsets: [0, 1] },
      },
      [9, ...bytesOf(Float32Array.of(1.5, -2))],
    );
    // In the middle of a larger buffer, as Node's readFile and fetch may give it.
    const within = new Uint8Array(file.length + 5);
    within.set(file, 3);
    const { tensors } = readSafetensors(within.subarray(3, 3 + file.length));
    expect([...tensors.keys()]).toEqual(['first', 'second']);
    expect(await tensors.get('first')?.toArray()).toBe(9);
    expect(await tensors.get('second')?.toArray()).toEqual([1.5, -2]);
  });

  test('is read from a Node buffer', async () => {
    const file = fileOf({ x: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, bytesOf(Float64Array.of(0.1)));
    expect(await readSafetensors(Buffer.from(file)).tensors.get('x')?.item()).toBe(0.1);
  });

  test.each([
    ['I64', BigInt64Array.of(-5n, 2147483647n), [-5, 2147483647]],
    ['U64', BigUint64Array.of(0n, 7n), [0, 7]],
    ['I16', Int16Array.of(-32768, 32767), [-32768, 32767]],
    ['U16', Uint16Array.of(0, 65535), [0, 65535]],
  ] as const)('may hold %s, which becomes int32', async (dtype, values, expected) => {
    const bytes = bytesOf(values);
    const file = fileOf({ x: { dtype, shape: [2], data_offsets: [0, bytes.length] } }, bytes);
    const x = readSafetensors(file).tensors.get('x') as Tensor;
    expect(x.dtype).toBe('int32');
    expect(await x.toArray()).toEqual(expected);
  });

  test('with an integer outside int32 is refused, not wrapped', () => {
    const bytes = bytesOf(BigInt64Array.of(2n ** 31n));
    const file = fileOf({ x: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, bytes);
    expect(() => readSafetensors(file)).toThrow(DTypeError);
  });
});

describe('a malformed file is refused', () => {
  const u8 = (begin: number, end: number) => ({ dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] });
  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'too short'],
    ['shorter than a header length', new Uint8Array(7), 'too short'],
    ['header longer than the file', fileOf({}, [], 1000n), 'claims 1000 bytes'],
    ['huge header length', fileOf({}, [], 2n ** 64n - 1n), 'the header claims'],
    ['header that is no JSON', fileOf('{"x":'), 'no JSON'],
    ['header that is no UTF-8', fileOf('{}  ').with(10, 0xff), 'no JSON'],
    ['header that is an array', fileOf([]), 'no JSON object'],
    ['header that starts with a space', fileOf(' {}'), 'no JSON object'],
    ['entry that is no object', fileOf({ x: 1 }), "'x' must have"],
    ['entry that is null', fileOf({ x: null }), "'x' must have"],
    ['no shape', fileOf({ x: { dtype: 'U8', data_offsets: [0, 0] } }), "'x' must have"],
    ['negative size', fileOf({ x: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, [1]), "'x' must have"],
    ['fractional size', fileOf({ x: { dtype: 'U8', shape: [1.5], data_offsets: [0, 1] } }, [1]), "'x' must have"],
    ['three offsets', fileOf({ x: { dtype: 'U8', shape: [1], data_offsets: [0, 1, 2] } }, [1, 2]), "'x' must have"],
    ['offsets backwards', fileOf({ x: { dtype: 'U8', shape: [1], data_offsets: [1, 0] } }, [1]), '-1 bytes'],
    ['unknown dtype', fileOf({ x: { dtype: 'F7', shape: [1], data_offsets: [0, 1] } }, [1]), 'unknown dtype F7'],
    [
      'name of a method as dtype',
      fileOf({ x: { dtype: 'toString', shape: [], data_offsets: [0, 0] } }),
      'unknown dtype',
    ],
    [
      'more bytes than the shape takes',
      fileOf({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8)),
      'takes 4',
    ],
    [
      'fewer bytes than the shape takes',
      fileOf({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
      'takes 8',
    ],
    [
      'bytes for no elements',
      fileOf({ x: { dtype: 'F32', shape: [0], data_offsets: [0, 4] } }, new Uint8Array(4)),
      'takes 0',
    ],
    [
      'shape beyond all numbers',
      fileOf({ x: { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 4] } }, new Uint8Array(4)),
      "'x' has 4 bytes",
    ],
    ['overlap', fileOf({ a: u8(0, 4), b: u8(2, 6) }, new Uint8Array(6)), "'b' starts at byte 2, expected 4"],
    ['gap', fileOf({ a: u8(0, 2), b: u8(4, 6) }, new Uint8Array(6)), "'b' starts at byte 4, expected 2"],
    ['data before the first tensor', fileOf({ a: u8(1, 2) }, new Uint8Array(2)), "'a' starts at byte 1, expected 0"],
    ['data after the last tensor', fileOf({ a: u8(0, 2) }, new Uint8Array(3)), 'the file holds 3'],
    ['missing data', fileOf({ a: u8(0, 4) }, new Uint8Array(3)), 'the file holds 3'],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }), '__metadata__'],
    ['metadata that is no object', fileOf({ __metadata__: 'a' }), '__metadata__'],
  ])('%s', (_, file, message) => {
    const read = (): unknown => readSafetensors(file);
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });
});
