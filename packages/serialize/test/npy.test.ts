import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { DTypeError } from '@gradus/storage';
import { arange, tensor, zeros } from '@gradus/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import {
  FormatError,
  loadNpy,
  loadNpz,
  readNpy,
  readNpz,
  saveNpy,
  saveNpz,
  writeNpy,
  writeNpz,
} from '../src/npy/index.ts';
import { readJson } from './expected.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-npy-'));
afterAll(() => rm(folder, { recursive: true }));

interface NumpyFiles {
  readonly arrays: readonly {
    readonly name: string;
    readonly file: string;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  }[];
  readonly npz: string;
  readonly objects: string;
  readonly structured: string;
}

const numpy = await readJson<NumpyFiles>('numpy.json');
const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

test.each(numpy.arrays)("reads NumPy's $name", async ({ file, shape, values }) => {
  const x = readNpy(bytes(file));
  expect(x.shape).toEqual(shape);
  expect([...(await x.data())]).toEqual(values);
});

test('a 64-bit integer that does not fit is an error', () => {
  const file = bytes(numpy.arrays.find(({ name }) => name === '<i8')?.file ?? '');
  file[file.length - 2] = 1;
  expect(() => readNpy(file)).toThrow(DTypeError);
});

describe('a round trip', () => {
  const specials = [0, -0, 1, -1.5, Number.POSITIVE_INFINITY, Number.NaN];
  test.each([
    ['float64', specials],
    ['float32', specials],
    ['float16', specials],
    ['int32', [0, -1, 2147483647]],
    ['uint32', [0, 4294967295]],
    ['int8', [-128, 127]],
    ['uint8', [0, 255]],
    ['bool', [1, 0]],
  ] as const)('keeps %s to the bit', async (dtype, values) => {
    const x = tensor([...values], { dtype });
    const read = readNpy(await writeNpy(x));
    expect(read.dtype).toBe(dtype);
    expect(await read.data()).toEqual(await x.data());
  });

  test('keeps the values of bfloat16, as float32', async () => {
    const x = tensor([1.5, -3e38, 0.1], { dtype: 'bfloat16' });
    const read = readNpy(await writeNpy(x));
    expect(read.dtype).toBe('float32');
    expect(await read.data()).toEqual(await x.data());
  });

  test.each([
    ['a scalar', () => tensor(7)],
    ['one axis', () => arange(3)],
    ['no elements', () => zeros([2, 0])],
    ['a transposed view', () => arange(6).reshape([2, 3]).mT],
  ])('keeps %s', async (_, make) => {
    const x = make();
    const read = readNpy(await writeNpy(x));
    expect(read.shape).toEqual(x.shape);
    expect(await read.toArray()).toEqual(await x.toArray());
  });
});

test('the header is as NumPy writes it', async () => {
  const file = await writeNpy(tensor([[1, 2]]));
  const header = Buffer.from(file.subarray(0, 128)).toString('latin1');
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  expect(header).toBe(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`);
});

describe('.npz', () => {
  test("reads NumPy's, compressed", async () => {
    const arrays = readNpz(bytes(numpy.npz));
    expect([...arrays.keys()]).toEqual(['a', 'b.c']);
    expect(await arrays.get('a')?.toArray()).toEqual([
      [-2, -1, 0],
      [1, 2, 3],
    ]);
    expect(await arrays.get('b.c')?.toArray()).toEqual([true, false]);
  });

  test.each([false, true])('a round trip; compressed: %s', async (compress) => {
    const arrays = new Map([
      ['weight', zeros([100, 100])],
      ['folder/bias', tensor([1, 2])],
    ]);
    const file = await writeNpz(arrays, { compress });
    expect(file.length < 2000).toBe(compress);
    const read = readNpz(file);
    expect([...read.keys()]).toEqual([...arrays.keys()]);
    expect(await read.get('folder/bias')?.toArray()).toEqual([1, 2]);
  });

  test('equal arrays give equal files', async () => {
    const write = (): Promise<Uint8Array> => writeNpz(new Map([['x', tensor([1])]]));
    expect(await write()).toEqual(await write());
  });
});

test('files, whose names are in the errors', async () => {
  const path = join(folder, 'deep', 'x.npy');
  await saveNpy(path, tensor([1, 2]));
  expect(await (await loadNpy(path)).toArray()).toEqual([1, 2]);
  expect(await (await loadNpy(new Blob([new Uint8Array(await readFile(path))]))).toArray()).toEqual([1, 2]);
  await saveNpz(join(folder, 'x.npz'), new Map([['x', tensor([3])]]));
  expect(await (await loadNpz(join(folder, 'x.npz'))).get('x')?.toArray()).toEqual([3]);
  await expect(loadNpz(path)).rejects.toThrow(`${path}: zip: `);
});

describe('refused:', () => {
  const good = bytes(numpy.arrays.find(({ name }) => name === '<f4')?.file ?? '');
  const withHeader = (text: string): Uint8Array => {
    const header = new TextEncoder().encode(`\x00NUMPY\x01\x00\x00\x00${text}`);
    header.set([0x93], 0);
    header.set([text.length & 0xff, text.length >> 8], 8);
    return header;
  };
  test.each([
    ['nothing', new Uint8Array(0), 'no .npy file'],
    ['another format', new TextEncoder().encode('hello, this is text'), 'no .npy file'],
    ['a new version', Uint8Array.from(good, (byte, i) => (i === 6 ? 9 : byte)), 'version 9 is unknown'],
    ['a truncated header', good.subarray(0, 50), 'the header claims'],
    ['truncated values', good.subarray(0, -1), '[2, 3] takes 24 bytes, but the file holds 23'],
    ['more values', Uint8Array.from([...good, 0]), 'but the file holds 25'],
    ['Python objects', bytes(numpy.objects), 'an array of Python objects'],
    ['structured arrays', bytes(numpy.structured), 'the dtype'],
    ['an expression', withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (2*3,)}"), 'no Python literal'],
    ['a call', withHeader("{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}"), 'no Python literal'],
    ['a key twice', withHeader("{'descr': '<f4', 'descr': '<f8', 'shape': ()}"), 'no Python literal'],
    ['a negative size', withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), 'a tuple of sizes'],
    ['a huge size', withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999)}"), 'too large'],
    ['deep nesting', withHeader('('.repeat(5000)), 'no Python literal'],
  ])('%s', (_, file, message) => {
    const read = (): unknown => readNpy(file);
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
  });

  test('an archive that unpacks to more than the limit', async () => {
    const file = await writeNpz(new Map([['x', zeros([1_000_000])]]), { compress: true });
    expect(file.length).toBeLessThan(10_000);
    expect(() => readNpz(file, { maxBytes: 1_000_000 })).toThrow('more than 1000000 bytes');
  });
});
