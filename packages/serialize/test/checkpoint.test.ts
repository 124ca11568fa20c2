import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@gradus/autograd';
import { defaultBackend, use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { BatchNorm1d, Dropout, Linear, ReLU, Sequential } from '@gradus/nn';
import { Adam, StepLR } from '@gradus/optim';
import { ArgumentError } from '@gradus/storage';
import { Generator, manualSeed, randn, type Tensor, tensor } from '@gradus/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type CheckpointState,
  type CheckpointValue,
  FormatError,
  loadSafetensors,
  readCheckpoint,
  saveSafetensors,
  writeCheckpoint,
} from '../src/index.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-checkpoint-'));
afterAll(() => rm(folder, { recursive: true }));
const path = join(folder, 'state.safetensors');

async function roundTrip(value: CheckpointValue): Promise<CheckpointValue> {
  await writeCheckpoint(path, { value });
  return (await readCheckpoint(path)).value;
}

test.each<[string, CheckpointValue]>([
  ['numbers', [0, -0, 1.5, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['bigints', [0n, -(2n ** 100n)]],
  ['text', ['', 'größer', '$', '\u0000']],
  ['nothing', [null, undefined, true, false, [], {}]],
  ['objects with keys that mean something', { $: 'tensor', __proto__x: 1, toString: 2, 'a.b': { a: { b: 1 } } }],
  [
    'Maps, with their order and their kinds of keys',
    new Map<string | number, CheckpointValue>([
      ['b', 1],
      [1, 2],
      ['1', 3],
      [Number.NaN, 4],
      [Number.NEGATIVE_INFINITY, 5],
    ]),
  ],
  ['typed arrays', [new Uint8Array([1, 255]), new Float64Array([0.1, -0]), new Int32Array(0), new Uint16Array([7])]],
])('keeps %s', async (_, value) => {
  expect(await roundTrip(value)).toEqual(value);
});

test('keeps tensors, even of equal paths, under names that say where they were', async () => {
  await writeCheckpoint(path, {
    model: new Map([['0.weight', tensor([1])]]),
    'model.0': { weight: tensor([2], { dtype: 'float16' }) },
    list: [tensor([[3]])],
  });
  const read = await readCheckpoint(path);
  expect(await ((read['model.0'] as CheckpointState).weight as Tensor).toArray()).toEqual([2]);
  expect(await ((read.model as Map<string, Tensor>).get('0.weight') as Tensor).toArray()).toEqual([1]);
  const { tensors } = await loadSafetensors(path);
  expect([...tensors.keys()]).toEqual(['model.0.weight', 'model.0.weight#2', 'list.0']);
});

test('keeps every bit of a NaN', async () => {
  const bits = new Uint32Array([0x7fc12345, 0xffc00001]);
  const x = tensor(new Float32Array(2));
  x.backend.upload(x.storage.handle, 0, new Uint8Array(bits.buffer));
  const read = (await roundTrip(x)) as Tensor;
  expect(new Uint32Array((await read.backend.download(read.storage.handle, 0, 8)).slice().buffer)).toEqual(bits);
});

test('leaves no file but its own, and no tensors but those that it gives', async () => {
  const live = (): number => defaultBackend().memory().liveBuffers;
  const state = { a: tensor([1]), seed: new Uint8Array(4) };
  const before = live();
  await writeCheckpoint(path, state);
  expect(live()).toBe(before);
  const read = await readCheckpoint(path);
  expect(live()).toBe(before + 1);
  (read.a as Tensor).dispose();
  expect(await readdir(folder)).toEqual(['state.safetensors']);
});

describe('a run goes on to the same bits', () => {
  /** Everything that a training run consists of. */
  function createRun(seed: number) {
    manualSeed(seed);
    const model = new Sequential(
      new Linear(4, 16),
      new BatchNorm1d(16),
      new ReLU(),
      new Dropout(0.3),
      new Linear(16, 1),
    );
    const optimizer = new Adam(model.parameters(), { lr: 0.01, weightDecay: 0.01 });
    const scheduler = new StepLR(optimizer, 3, { gamma: 0.5 });
    const generator = new Generator().manualSeed(seed);
    const step = (): void => {
      const x = randn([8, 4], { generator });
      const loss = model
        .forward(x)
        .sub(x.sum({ dim: 1, keepdim: true }))
        .square()
        .mean();
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      scheduler.step();
    };
    const end = async (): Promise<unknown> => {
      const tensors = [...model.stateDict()].map(async ([name, x]) => [name, await x.data()]);
      return [await Promise.all(tensors), await randn([3], { generator }).data(), optimizer.paramGroups[0]?.lr];
    };
    return { model, optimizer, scheduler, generator, step, end };
  }

  test.each([1, 3, 7])('after %i steps', async (count) => {
    const { defaultGenerator } = await import('@gradus/tensor');
    const whole = createRun(5);
    for (let i = 0; i < 10; i++) whole.step();
    const expected = await whole.end();

    const first = createRun(5);
    for (let i = 0; i < count; i++) first.step();
    await writeCheckpoint(path, {
      model: first.model.stateDict(),
      optimizer: first.optimizer.stateDict() as unknown as CheckpointState,
      scheduler: first.scheduler.stateDict() as unknown as CheckpointState,
      generators: { default: defaultGenerator.getState(), data: first.generator.getState() },
      step: count,
    });

    const second = createRun(99);
    const state = await readCheckpoint(path);
    const generators = state.generators as Record<string, Uint8Array>;
    second.model.loadStateDict(state.model as Map<string, Tensor>);
    second.optimizer.loadStateDict(state.optimizer as unknown as Parameters<Adam['loadStateDict']>[0]);
    second.scheduler.loadStateDict(state.scheduler as unknown as Parameters<StepLR['loadStateDict']>[0]);
    second.generator.setState(generators.data as Uint8Array);
    defaultGenerator.setState(generators.default as Uint8Array);
    for (let i = state.step as number; i < 10; i++) second.step();
    expect(await second.end()).toEqual(expected);
  });
});

describe('refused:', () => {
  test.each<[string, string | undefined]>([
    ['weights without a structure', undefined],
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['a tensor that is not there', '{"a":{"$":"tensor","name":"b"}}'],
    ['an unknown kind', '{"a":{"$":"function"}}'],
    ['a map without entries', '{"a":{"$":"map"}}'],
    ['a map of no pairs', '{"a":{"$":"map","entries":[[1]]}}'],
    ['a bigint that is none', '{"a":{"$":"bigint","value":"1e3"}}'],
    ['an array of an unknown type', '{"a":{"$":"array","type":"constructor","name":"w"}}'],
    ['an array of other elements', '{"a":{"$":"array","type":"Uint8Array","name":"w"}}'],
    ['deep nesting', `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`],
  ])('%s', async (_, structure) => {
    const metadata = structure === undefined ? {} : { 'gradus.checkpoint': structure };
    await saveSafetensors(path, new Map([['w', tensor([1])]]), { metadata });
    const before = defaultBackend().memory().liveBuffers;
    await expect(readCheckpoint(path)).rejects.toThrow(FormatError);
    await expect(readCheckpoint(path)).rejects.toThrow(path);
    expect(defaultBackend().memory().liveBuffers).toBe(before);
  });

  test.each<[string, () => unknown]>([
    ['a class', () => ({ run: { date: new Date() } })],
    ['a function', () => ({ run: () => 1 })],
    [
      'a circle',
      () => {
        const state: Record<string, unknown> = {};
        state.self = state;
        return state;
      },
    ],
  ])('writing %s', async (_, make) => {
    await writeFile(path, 'before');
    await expect(writeCheckpoint(path, make() as CheckpointState)).rejects.toThrow(ArgumentError);
    expect(await readdir(folder)).toEqual(['state.safetensors']);
  });
});
