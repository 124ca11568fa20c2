import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { ArgumentError, IndexError } from '@gradus/storage';
import { arange, randn, type Tensor, tensor } from '@gradus/tensor';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { FormatError, openSafetensors, type RandomAccess, saveSafetensors, writeSafetensors } from '../src/index.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-open-'));
afterAll(() => rm(folder, { recursive: true }));

const weights = new Map<string, Tensor>([
  ['large', randn([1000, 300])],
  [
    'small',
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  ],
  ['half', tensor([1.5, -2], { dtype: 'float16' })],
  ['mask', tensor([true, false, true])],
]);
const bytes = await writeSafetensors(weights, { metadata: { format: 'pt' } });

/** A source that counts what is read from it. */
function counting(content: Uint8Array): RandomAccess & { read: RandomAccess['read']; total: number; closed: boolean } {
  return {
    size: content.length,
    total: 0,
    closed: false,
    async read(offset, length) {
      this.total += length;
      return content.subarray(offset, offset + length);
    },
    async close() {
      this.closed = true;
    },
  };
}

describe('a tensor by itself', () => {
  test.each<[string, () => Promise<Parameters<typeof openSafetensors>[0]>]>([
    ['bytes', async () => bytes],
    ['a Blob', async () => new Blob([new Uint8Array(bytes)])],
    [
      'a path',
      async () => {
        const path = join(folder, 'weights.safetensors');
        await saveSafetensors(path, weights);
        return path;
      },
    ],
  ])('from %s', async (_, source) => {
    const file = await openSafetensors(await source());
    expect(file.names).toEqual([...weights.keys()]);
    for (const [name, x] of weights) {
      expect(file.info(name)).toMatchObject({ dtype: x.dtype, shape: x.shape });
      expect(await (await file.read(name)).data()).toEqual(await x.data());
    }
    await file.close();
  });

  test('reads only its own bytes', async () => {
    const source = counting(bytes);
    const file = await openSafetensors(source);
    const header = source.total;
    expect(header).toBeLessThan(600);
    await file.read('small');
    expect(source.total - header).toBe(24);
    await file.close();
    expect(source.closed).toBe(true);
  });

  test('or all of them, one at a time', async () => {
    const file = await openSafetensors(bytes);
    const names: string[] = [];
    for await (const [name, x] of file) {
      names.push(name);
      x.dispose();
    }
    expect(names).toEqual(file.names);
  });
});

describe('a part of a tensor', () => {
  test('reads the rows that it needs', async () => {
    const source = counting(bytes);
    const file = await openSafetensors(source);
    source.total = 0;
    const part = await file.read('large', { ranges: [[10, 20]] });
    expect(source.total).toBe(10 * 300 * 4);
    expect(await part.data()).toEqual(await (weights.get('large') as Tensor).narrow(0, 10, 10).data());
  });

  test('in pieces where it is spread wide', async () => {
    const wide = arange(4 * 500_000).reshape([4, 500_000]);
    const source = counting(await writeSafetensors(new Map([['wide', wide]])));
    const file = await openSafetensors(source);
    source.total = 0;
    const part = await file.read('wide', { ranges: [null, [7, 9]] });
    expect(source.total).toBe(4 * 2 * 4);
    expect(await part.data()).toEqual(await wide.narrow(1, 7, 2).data());
  });

  test('is what a slice is, for any ranges', async () => {
    const x = arange(3 * 4 * 5).reshape([3, 4, 5]);
    const file = await openSafetensors(await writeSafetensors(new Map([['x', x]])));
    const range = (n: number): fc.Arbitrary<[number, number] | null> =>
      fc.option(fc.tuple(fc.nat(n), fc.nat(n)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]));
    await fc.assert(
      fc.asyncProperty(fc.tuple(range(3), range(4), range(5)), async (ranges) => {
        const part = await file.read('x', { ranges });
        const expected = ranges.reduce((y, r, axis) => (r === null ? y : y.slice(axis, r[0], r[1])), x);
        expect(part.shape).toEqual(expected.shape);
        expect(await part.data()).toEqual(await expected.data());
      }),
    );
  });
});

describe('refused:', () => {
  test.each([
    ['an unknown name', 'nothing', [], ArgumentError],
    ['too many ranges', 'half', [null, [0, 1]], ArgumentError],
    ['a range beyond the axis', 'half', [[0, 3]], IndexError],
    ['a range backwards', 'half', [[1, 0]], IndexError],
  ] as const)('%s', async (_, name, ranges, error) => {
    const file = await openSafetensors(bytes);
    await expect(file.read(name, { ranges })).rejects.toThrow(error);
  });

  test('a broken file, by its name, and closed', async () => {
    const path = join(folder, 'broken');
    await writeFile(path, bytes.subarray(0, -1));
    await expect(openSafetensors(path)).rejects.toThrow(`${path}: safetensors: `);
    const source = counting(bytes.subarray(0, 100));
    await expect(openSafetensors(source)).rejects.toThrow(FormatError);
    expect(source.closed).toBe(true);
    await expect(openSafetensors(new Uint8Array(3))).rejects.toThrow('too short');
  });

  test('a name that is there twice', async () => {
    const entry = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
    const text = `{"a":${entry},"\\u0061":${entry}}`;
    const file = new Uint8Array(8 + text.length + 1);
    file[0] = text.length;
    file.set(new TextEncoder().encode(text), 8);
    await expect(openSafetensors(file)).rejects.toThrow('the header has "a" twice');
  });
});
