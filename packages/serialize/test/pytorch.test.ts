import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultBackend, use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { Linear, Sequential } from '@gradus/nn';
import { ArgumentError, DTypeError } from '@gradus/storage';
import { arange, flip, type Tensor, tensor } from '@gradus/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import {
  FormatError,
  loadPytorch,
  loadStateDict,
  type PytorchInput,
  type PytorchValue,
  readPytorch,
  readStateDict,
  savePytorch,
  TorchDType,
  Tuple,
  UnsafeGlobalError,
  writePytorch,
} from '../src/pytorch/index.ts';
import { expectValue, readJson, readTestFile, type TestFiles } from './expected.ts';
import { asciiPickle, legacyFile, zipFile } from './pickle-files.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-pytorch-'));
afterAll(() => rm(folder, { recursive: true }));

const { checkpoints } = await readJson<TestFiles>('files.json');
type Dict = Map<string, PytorchValue>;

describe.each(checkpoints)("PyTorch's $file", ({ file, expected }) => {
  test('has the expected contents', async () => {
    await expectValue(readPytorch(await readTestFile(file)), expected);
  });

  test('has them again after it was written', async () => {
    const value = readPytorch(await readTestFile(file));
    await expectValue(readPytorch(await writePytorch(value)), expected);
  });
});

test('tensors of one storage share memory', async () => {
  const shared = arange(12, undefined, 1, { dtype: 'float32' }).reshape([3, 4]);
  const file = await writePytorch({
    all: shared,
    transposed: shared.T,
    row: shared.select(0, 1),
    part: shared.slice(1, 0, 4, 2),
  });
  const read = readPytorch(file) as Dict;
  (read.get('row') as Tensor).fill_(-1);
  expect(await (read.get('transposed') as Tensor).toArray()).toEqual([
    [0, -1, 8],
    [1, -1, 9],
    [2, -1, 10],
    [3, -1, 11],
  ]);
  expect(await (read.get('part') as Tensor).toArray()).toEqual([
    [0, 2],
    [-1, -1],
    [8, 10],
  ]);
  expect((read.get('part') as Tensor).layout.strides).toEqual([4, 2]);
});

test('only the part of a storage that is used is written', async () => {
  const row = arange(100_000).reshape([1000, 100]).select(0, 500);
  const file = await writePytorch({ row });
  expect(file.length).toBeLessThan(2000);
  expect(await ((readPytorch(file) as Dict).get('row') as Tensor).data()).toEqual(await row.data());
});

test.each<[string, PytorchInput, unknown]>([
  ['integers', [0, -1, 255, 65536, -(2 ** 31), 2 ** 40, -(2 ** 53) + 1, 2n ** 70n], undefined],
  ['floats', [0.1, -0, 1e300, Number.NaN, Number.POSITIVE_INFINITY], undefined],
  ['strings', ['', 'größer', '\u{1f600}', 'x'.repeat(300)], undefined],
  ['truth and nothing', [true, false, null], undefined],
  ['bytes', Uint8Array.from({ length: 256 }, (_, i) => i), undefined],
  ['a tuple', Tuple.from([1, Tuple.from([])]), undefined],
  ['a set', new Set([1, 'a']), undefined],
  ['a dtype', new TorchDType('bfloat16'), undefined],
  [
    'keys of all kinds',
    new Map<string | number | null, PytorchInput>([
      ['a', 1],
      [7, 2],
      [null, 3],
    ]),
    undefined,
  ],
  ['a plain object', { a: { b: [] } }, new Map([['a', new Map([['b', []]])]])],
])('a round trip keeps %s', async (_, value, expected) => {
  const read = readPytorch(await writePytorch(value));
  expect(read).toEqual(expected ?? value);
  expect(read instanceof Tuple).toBe(value instanceof Tuple);
});

test('negative strides and uint32, which PyTorch lacks, are written as what it has', async () => {
  const flipped = flip(arange(3), [0]);
  const wide = tensor([4294967295, 1], { dtype: 'uint32' });
  const read = readPytorch(await writePytorch({ flipped, small: tensor([7], { dtype: 'uint32' }) })) as Dict;
  expect(await (read.get('flipped') as Tensor).toArray()).toEqual([2, 1, 0]);
  expect((read.get('small') as Tensor).dtype).toBe('int32');
  const file = await writePytorch({ wide });
  expect(() => readPytorch(file)).toThrow(DTypeError);
});

test('a model moves through a file', async () => {
  const make = (): Sequential => new Sequential(new Linear(3, 4), new Linear(4, 2));
  const [model, other] = [make(), make()];
  const path = join(folder, 'model.pt');
  await savePytorch(path, model.stateDict());
  other.loadStateDict(await loadStateDict(path));
  const x = tensor([[1, 2, 3]]);
  expect(await other.forward(x).data()).toEqual(await model.forward(x).data());
});

test('what is read is all that stays in memory', async () => {
  const before = defaultBackend().memory().liveBuffers;
  const read = readStateDict(await readTestFile('state_dict.pt'));
  for (const x of read.values()) x.dispose();
  expect(defaultBackend().memory().liveBuffers).toBe(before);
});

test('a parameter requires gradients', () => {
  const storage = "(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI1\nt";
  const rebuilt = `ctorch._utils\n_rebuild_parameter\n(ctorch._utils\n_rebuild_tensor_v2\n(${storage}QI0\n(I1\nt(I1\ntI00\nccollections\nOrderedDict\n(tRtRI01\nNtR.`;
  const file = zipFile(asciiPickle(rebuilt), { 0: new Uint8Array(4) });
  const x = readPytorch(file) as Tensor;
  expect([x.requiresGrad, x.shape]).toEqual([true, [1]]);
});

describe('refused by name:', () => {
  test.each([
    ['a function of the system', "cos\nsystem\n(S'echo'\ntR.", 'os.system'],
    ['a builtin', "cbuiltins\neval\n(S'1'\ntR.", 'builtins.eval'],
    ['a class of PyTorch', 'ctorch.nn.modules.linear\nLinear\n)\x81.', 'torch.nn.modules.linear.Linear'],
    ['a function of NumPy', 'cnumpy.core.multiarray\n_reconstruct\n.', 'numpy.core.multiarray._reconstruct'],
    ['a loader within a loader', 'ctorch.storage\n_load_from_bytes\n.', 'torch.storage._load_from_bytes'],
    ['a type that is called', 'ctorch\nTensor\n(tR.', 'torch.Tensor'],
    ['a dtype of JavaScript', 'ctorch\nconstructor\n.', 'torch.constructor'],
    ['a name from the stack', "S'os'\nS'system'\n\x93.", 'os.system'],
  ])('%s', (_, text, name) => {
    for (const file of [zipFile(asciiPickle(text)), legacyFile(asciiPickle(text))]) {
      expect(() => readPytorch(file)).toThrow(UnsafeGlobalError);
      expect(() => readPytorch(file)).toThrow(`'${name}'`);
    }
  });

  test('a state dict of other things', async () => {
    const file = await writePytorch(
      new Map<string, PytorchInput>([
        ['w', tensor(1)],
        ['epoch', 3],
      ]),
    );
    expect(() => readStateDict(file)).toThrow("'epoch' is a number");
  });
});

const tensorOf = (key: string, length: number, offset: number, shape: string, strides: string): string =>
  `ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'${key}'\nS'cpu'\nI${length}\ntQI${offset}\n(${shape}t(${strides}tI00\nNtR`;

describe('refused:', () => {
  const storages = { 0: new Uint8Array(16) };
  test.each([
    [
      'a tensor beyond its storage',
      `${tensorOf('0', 4, 1, 'I4\n', 'I1\n')}.`,
      'reaches beyond its storage of 4 elements',
    ],
    ['a stride beyond it', `${tensorOf('0', 4, 0, 'I2\nI2\n', 'I3\nI1\n')}.`, 'reaches beyond its storage'],
    ['a storage that is too short', `${tensorOf('0', 5, 0, 'I5\n', 'I1\n')}.`, "storage '0' has 16 bytes, expected 20"],
    ['a storage that is missing', `${tensorOf('7', 4, 0, 'I4\n', 'I1\n')}.`, "storage '7' has 0 bytes, expected 16"],
    ['an absurd shape', `${tensorOf('0', 4, 0, 'I4000000000\n'.repeat(5), 'I0\n'.repeat(5))}.`, 'reaches beyond'],
    ['a negative size', `${tensorOf('0', 4, 0, 'I-1\n', 'I1\n')}.`, 'offset, shape or strides'],
    ['a negative stride', `${tensorOf('0', 4, 3, 'I4\n', 'I-1\n')}.`, 'offset, shape or strides'],
    [
      'more axes than there can be',
      `${tensorOf('0', 4, 0, 'I1\n'.repeat(65), 'I1\n'.repeat(65))}.`,
      'shape or strides',
    ],
    [
      'one storage in two ways',
      `(l${tensorOf('0', 4, 0, 'I4\n', 'I1\n')}a${tensorOf('0', 3, 0, 'I3\n', 'I1\n')}a.`,
      'in two ways',
    ],
    ['a key twice', "(dS'a'\nI1\nsS'a'\nI2\ns.", "the key 'a' is there twice"],
    ['a list that contains itself', '(lp0\ng0\na.', 'contains itself'],
    ['deep nesting', `${'(l'.repeat(5000)}${'a'.repeat(4999)}.`, 'levels deep'],
    ['an empty stack', '.', 'empty stack'],
    ['a missing mark', 't.', 'no mark'],
    ['an unknown opcode', '!', 'opcode 0x21'],
    ['an object of a class', '(ios\nsystem\n.', 'opcode 0x69'],
    ['something that was not remembered', 'g5\n.', 'nothing to remember as 5'],
    ['a dict as a key', '(d(dI1\ns.', 'the key of a dict'],
    ['an endless line', `S${'x'.repeat(10_000)}`, 'opcode 0x53'],
    ['an end before the end', "(S'a", 'opcode'],
  ])('%s', (_, text, message) => {
    const file = zipFile(asciiPickle(text), storages);
    expect(() => readPytorch(file)).toThrow(FormatError);
    expect(() => readPytorch(file)).toThrow(message);
  });

  test('shared lists do not blow up', () => {
    // Ten lists, each of ten times the one before: 10^10 elements if they were copies.
    const text = `(lp0\n${Array.from({ length: 10 }, (_, i) => `0(lp${i + 1}\n${`g${i}\na`.repeat(10)}`).join('')}.`;
    expect(readPytorch(zipFile(asciiPickle(text)))).toHaveLength(10);
  });

  test.each([
    ['text', new TextEncoder().encode('no checkpoint'), 'neither a zip archive nor a checkpoint'],
    ['nothing', new Uint8Array(0), 'neither a zip archive nor a checkpoint'],
    ['another pickle', Uint8Array.from([0x80, 2, 0x4b, 7, 0x2e]), 'a pickle, but no checkpoint'],
    ['an archive of something else', zipFile(new Uint8Array(0), {}, 'other.pkl'), 'no data.pkl'],
    ['the start of an archive', Uint8Array.from([0x50, 0x4b, 3, 4]), 'zip'],
  ])('%s', (_, file, message) => {
    expect(() => readPytorch(file)).toThrow(FormatError);
    expect(() => readPytorch(file)).toThrow(message);
  });

  test('every truncation of a file', async () => {
    for (const name of ['state_dict.pt', 'mixed_legacy.pt']) {
      const file = await readTestFile(name);
      for (let length = 0; length < file.length; length += 7) {
        expect(() => readPytorch(file.subarray(0, length)), `${name} of ${length} bytes`).toThrow(FormatError);
      }
    }
  });

  test('a bad file by its name', async () => {
    const path = join(folder, 'missing.pt');
    await expect(loadPytorch(path)).rejects.toThrow('ENOENT');
  });

  test.each<[string, () => PytorchInput]>([
    ['a class', () => new Date() as unknown as PytorchInput],
    ['a function', () => [(() => 1) as unknown as PytorchInput]],
    [
      'a circle',
      () => {
        const list: PytorchInput[] = [];
        list.push(list);
        return list;
      },
    ],
  ])('writing %s', async (_, make) => {
    await expect(writePytorch(make())).rejects.toThrow(ArgumentError);
  });
});
