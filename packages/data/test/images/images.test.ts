import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, ShapeError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { encode } from 'fast-png';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeImage, ImageFolder, imageTensor } from '../../src/images/index.ts';
import { DataLoader } from '../../src/index.ts';
import { centerCrop } from '../../src/transforms/index.ts';
import '../setup.ts';

interface Recorded {
  readonly name: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly pixels: Readonly<Record<'gray' | 'rgb' | 'rgba', string>>;
}

const recorded: Recorded[] = JSON.parse(await readFile(new URL('images.json', import.meta.url), 'utf8'));
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

const folder = await mkdtemp(join(tmpdir(), 'gradus-images-'));
afterAll(() => rm(folder, { recursive: true }));

describe.each(recorded)('$name', ({ name, file, width, height, pixels }) => {
  test.each(['gray', 'rgb', 'rgba'] as const)('as %s, has the pixels that Pillow reads', async (mode) => {
    const image = imageTensor(await decodeImage(bytes(file)), mode);
    const expected = bytes(pixels[mode]);
    expect(image.shape).toEqual([expected.length / width / height, height, width]);
    expect(image.dtype).toBe('uint8');
    const actual = (await image.data()) as Uint8Array;
    // Decoders of JPEG round differently; PNG is exact.
    const tolerance = name.endsWith('.jpg') ? 2 : 0;
    const largest = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))));
    expect(largest).toBeLessThanOrEqual(tolerance);
  });
});

test('16 bits are reduced to 8', async () => {
  const data = Uint16Array.of(0, 255, 256, 0xffff);
  const { pixels } = await decodeImage(encode({ width: 2, height: 2, channels: 1, depth: 16, data }));
  expect([...pixels]).toEqual([0, 0, 1, 255]);
});

test('other files are refused', async () => {
  await expect(decodeImage(new TextEncoder().encode('GIF89a'))).rejects.toThrow(ArgumentError);
  await expect(decodeImage(new Uint8Array())).rejects.toThrow('neither a PNG nor a JPEG');
});

describe('ImageFolder', () => {
  async function write(path: string, file: string): Promise<void> {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), bytes(file));
  }

  test('has its classes and files in alphabetical order, those of folders within too', async () => {
    const [rgb] = recorded as [Recorded];
    for (const path of ['b/2.png', 'b/10.PNG', 'b/more/1.png', 'a/x.png', 'a/notes.txt'])
      await write(`sorted/${path}`, rgb.file);
    const images = await ImageFolder.open(join(folder, 'sorted'));
    expect(images.classes).toEqual(['a', 'b']);
    const paths = Array.from({ length: images.length }, (_, i) =>
      images.path(i).slice(join(folder, 'sorted').length + 1),
    );
    expect(paths).toEqual(['a/x.png', 'b/10.PNG', 'b/2.png', 'b/more/1.png']);
    expect((await images.get(3)).label).toBe(1);
    const loader = new DataLoader<object, { image: Tensor; label: Tensor }>(images, { batchSize: 4, prefetch: 1 });
    for await (const { image, label } of loader) {
      expect(image.shape).toEqual([4, 3, 5, 11]);
      expect(await label.toArray()).toEqual([0, 1, 1, 1]);
    }
  });

  test('transforms images', async () => {
    const transform = centerCrop(3);
    const images = await ImageFolder.open(join(folder, 'sorted'), { mode: 'gray', transform });
    expect((await images.get(0)).image.shape).toEqual([1, 3, 3]);
    const large = await ImageFolder.open(join(folder, 'sorted'), { transform: centerCrop(30) });
    await expect(large.get(0)).rejects.toThrow(ShapeError);
  });

  test('says which file is broken, and what is missing', async () => {
    await write('broken/a/1.png', Buffer.from('nonsense').toString('base64'));
    const images = await ImageFolder.open(join(folder, 'broken'));
    await expect(images.get(0)).rejects.toThrow("1.png can't be read");
    await mkdir(join(folder, 'empty', 'a'), { recursive: true });
    await expect(ImageFolder.open(join(folder, 'empty'))).rejects.toThrow('has no PNG or JPEG file');
    await expect(ImageFolder.open(join(folder, 'empty', 'a'))).rejects.toThrow('has no folders');
  });
});
