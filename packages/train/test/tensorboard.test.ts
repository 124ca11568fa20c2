import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { full, rand, tensor } from '@gradus/tensor';
import { decode } from 'fast-png';
import protobuf from 'protobufjs';
import { afterAll, describe, expect, test } from 'vitest';
import { GradientNorm } from '../src/index.ts';
import { SummaryWriter, TensorBoard } from '../src/tensorboard/index.ts';
import { crc32c } from '../src/tensorboard/record.ts';
import { type Batch, createLoader, createRun } from './setup.ts';

const folder = await mkdtemp(join(tmpdir(), 'gradus-events-'));
afterAll(() => rm(folder, { recursive: true }));

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
  message Summary {
    message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
    message Value {
      string tag = 1;
      oneof value { float simple_value = 2; Image image = 4; HistogramProto histo = 5; TensorProto tensor = 8; }
      SummaryMetadata metadata = 9;
    }
    repeated Value value = 1;
  }
  message HistogramProto {
    double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5;
    repeated double bucket_limit = 6 [packed = true]; repeated double bucket = 7 [packed = true];
  }
  message SummaryMetadata { message PluginData { string plugin_name = 1; bytes content = 2; } PluginData plugin_data = 1; }
  message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated bytes string_val = 8; }
  message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
`);

interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly bucketLimit: number[];
  readonly bucket: number[];
}

interface Value {
  readonly tag: string;
  readonly simpleValue?: number;
  readonly image?: { height: number; width: number; colorspace: number; encodedImageString: Uint8Array };
  readonly histo?: Histogram;
  readonly tensor?: { dtype: number; tensorShape: { dim: { size: number }[] }; stringVal: Uint8Array[] };
  readonly metadata?: { pluginData: { pluginName: string } };
}

interface Event {
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly summary?: { readonly value: Value[] };
}

/** The events of the one file in a folder; checks lengths and checksums. */
async function eventsIn(path: string): Promise<Event[]> {
  const [name, ...others] = await readdir(path);
  expect(others).toEqual([]);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.[\da-f-]+$/);
  const file = new Uint8Array(await readFile(join(path, name as string)));
  const view = new DataView(file.buffer);
  const type = root.lookupType('Event');
  const events: Event[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(view.getUint32(at + 8, true))).toBe(crc32c(file.subarray(at, at + 8)));
    expect(unmasked(view.getUint32(at + 12 + length, true))).toBe(crc32c(data));
    events.push(type.toObject(type.decode(data), { longs: Number }) as Event);
    at += length + 16;
  }
  return events;
}

/** As TensorFlow undoes the mask: subtract, then rotate back. */
function unmasked(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

const valueOf = (event: Event | undefined): Value => event?.summary?.value[0] as Value;

test.each([
  ['zeros', new Uint8Array(32), 0x8a9136aa],
  ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['ascending bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['descending bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
])('CRC-32C of %s is that of RFC 3720', (_, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

test('a file begins with its version, in the bytes that every event file begins with', async () => {
  const path = join(folder, 'version');
  await new SummaryWriter(path).flush();
  const [event] = await eventsIn(path);
  expect(event?.fileVersion).toBe('brain.Event:2');
  expect(Math.abs((event?.wallTime as number) - Date.now() / 1000)).toBeLessThan(60);
  const [name] = await readdir(path);
  const file = await readFile(join(path, name as string));
  expect(file.subarray(0, 12).toString('hex')).toBe('1800000000000000a37f4b22');
});

test('scalars, text and large steps', async () => {
  const path = join(folder, 'scalars');
  const writer = new SummaryWriter(path);
  writer.addScalar('löss', 0.25, 0);
  writer.addScalar('nan', Number.NaN, 2 ** 40);
  writer.addText('note', '**größer**', 3);
  expect(() => writer.addScalar('x', 1, 0.5)).toThrow(ArgumentError);
  await writer.flush();
  const [, first, second, text] = await eventsIn(path);
  expect(valueOf(first)).toEqual({ tag: 'löss', simpleValue: 0.25 });
  expect(second?.step).toBe(2 ** 40);
  expect(valueOf(second).simpleValue).toBeNaN();
  expect(valueOf(text).tag).toBe('note/text_summary');
  expect(valueOf(text).metadata?.pluginData.pluginName).toBe('text');
  expect(valueOf(text).tensor).toMatchObject({ dtype: 7, tensorShape: { dim: [{ size: 1 }] } });
  expect(new TextDecoder().decode(valueOf(text).tensor?.stringVal[0])).toBe('**größer**');
});

describe('histograms', () => {
  async function histogramOf(values: number[]): Promise<Histogram> {
    const path = await mkdtemp(join(folder, 'histogram-'));
    const writer = new SummaryWriter(path);
    await writer.addHistogram('h', values, 1);
    await writer.flush();
    return valueOf((await eventsIn(path))[1]).histo as Histogram;
  }

  test('count every value in the bucket that it belongs to', async () => {
    const values = [...((await rand([500]).sub(0.4).toArray()) as number[]), 0, 0, -0, 1e-13, -1e-13, 1e30, -3];
    const histogram = await histogramOf(values);
    const { bucketLimit: limits } = histogram;
    const expected = limits.map((limit, i) => {
      const from = i === 0 ? Number.NEGATIVE_INFINITY : (limits[i - 1] as number);
      return values.filter((value) => from <= value && value < limit).length;
    });
    expect(histogram.bucket).toEqual(expected);
    expect(histogram.num).toBe(values.length);
    expect([histogram.min, histogram.max]).toEqual([-3, 1e30]);
    expect(histogram.sum).toBeCloseTo(
      values.reduce((a, b) => a + b),
      -17,
    );
    expect(limits).toEqual(limits.toSorted((a, b) => a - b));
  });

  test('have moments, and leave out what is not finite', async () => {
    const { bucketLimit: _, bucket, ...moments } = await histogramOf([1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(moments).toEqual({ min: 1, max: 3, num: 3, sum: 6, sumSquares: 14 });
    expect(bucket.reduce((a, b) => a + b)).toBe(3);
    expect((await histogramOf([])).bucket).toEqual([0]);
  });
});

describe('images', () => {
  test('are PNG files of the same pixels', async () => {
    const path = join(folder, 'images');
    const writer = new SummaryWriter(path);
    await writer.addImage('rgb', tensor([[[0, 1]], [[0.5, 2]], [[-1, 0.2]]]), 1);
    await writer.addImage('gray', full([1, 2, 3], 77, { dtype: 'uint8' }), 2);
    await writer.flush();
    const [, rgb, gray] = (await eventsIn(path)).map((event) => event.summary?.value[0]?.image);
    expect(rgb).toMatchObject({ width: 2, height: 1, colorspace: 3 });
    expect([...decode(rgb?.encodedImageString as Uint8Array).data]).toEqual([0, 128, 0, 255, 255, 51]);
    expect(gray).toMatchObject({ width: 3, height: 2, colorspace: 1 });
    expect([...decode(gray?.encodedImageString as Uint8Array).data]).toEqual([77, 77, 77, 77, 77, 77]);
  });

  test.each([[[2, 3]], [[5, 2, 2]], [[1, 1, 2, 2]]])('of shape %j are refused', async (shape) => {
    await expect(new SummaryWriter(join(folder, 'refused')).addImage('x', rand(shape), 0)).rejects.toThrow(ShapeError);
  });
});

test('a run is written step by step and epoch by epoch', async () => {
  const path = join(folder, 'run');
  const { trainer, model } = createRun(
    0,
    new GradientNorm<Batch>(),
    new TensorBoard<Batch>(path, { histogramsEvery: 2 }),
  );
  await trainer.fit(createLoader(), { epochs: 2, validation: createLoader() });
  const [, ...events] = await eventsIn(path);
  const tagged = (tag: string): Event[] => events.filter((event) => valueOf(event).tag === tag);
  expect(tagged('step/loss').map(({ step }) => step)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  expect(tagged('step/gradientNorm').length).toBe(14);
  expect(tagged('training/accuracy').map(({ step }) => step)).toEqual([1, 2]);
  expect(tagged('validation/loss').map(({ step }) => step)).toEqual([1, 2]);
  const parameters = Array.from(model.namedParameters(), ([name]) => name);
  expect(events.filter((event) => valueOf(event).histo).map((event) => valueOf(event).tag)).toEqual(parameters);
});

test('events may go elsewhere', async () => {
  const sizes: number[] = [];
  const writer = new SummaryWriter({ append: async (bytes) => void sizes.push(bytes.length), flush: async () => {} });
  writer.addScalar('x', 1, 1);
  await writer.flush();
  // 16 bytes around: the version of 24; a time of 9, a step of 2, and a summary of a value of a tag and a float.
  expect(sizes).toEqual([16 + 24, 16 + 9 + 2 + 2 + 2 + 3 + 5]);
});
