import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { arange, tensor } from '@gradus/tensor';
import { afterAll, expect, test } from 'vitest';
import { saveNpy, saveNpz } from '../src/npy/index.ts';
import { savePytorch, Tuple } from '../src/pytorch/index.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-torch-'));
afterAll(() => rm(folder, { recursive: true }));

const run = promisify(execFile);
/** Debian's interpreter, which its python3-torch belongs to, unless another is named. */
const python = process.env.PYTHON ?? '/usr/bin/python3';

/** What a Python program prints; null where that Python has no PyTorch. */
async function inPython(program: string): Promise<unknown> {
  const script = `try:\n    import torch, numpy, json, sys\nexcept ImportError:\n    print('null'); raise SystemExit\nf = sys.argv[1]\n${program}`;
  try {
    const { stdout } = await run(python, ['-W', 'ignore', '-c', script, folder]);
    return JSON.parse(stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const installed = (await inPython('print(1)')) !== null;
const base = arange(6, undefined, 1, { dtype: 'float32' }).reshape([2, 3]);

test.runIf(installed)('torch.load reads what is written, with weights_only too', async () => {
  await savePytorch(
    join(folder, 'weights.pt'),
    new Map([
      ['w', base],
      ['t', base.T],
      ['half', tensor([1.5], { dtype: 'bfloat16' })],
    ]),
  );
  const dumped = await inPython(`
for weights_only in (False, True):
    d = torch.load(f + '/weights.pt', weights_only=weights_only)
d['w'][0, 1] = 9
print(json.dumps([list(d), d['t'].tolist(), d['t'].is_contiguous(), str(d['half'].dtype), d['half'].tolist()]))`);
  expect(dumped).toEqual([
    ['w', 't', 'half'],
    [
      [0, 3],
      [9, 4],
      [2, 5],
    ],
    false,
    'torch.bfloat16',
    [1.5],
  ]);
});

test.runIf(installed)('torch.load reads values of every kind', async () => {
  await savePytorch(join(folder, 'values.pt'), {
    integers: [0, -1, 300, 70_000, -(2 ** 40), 2n ** 80n],
    floats: [0.1, -0],
    text: ['ü', ''],
    none: null,
    truth: [true, false],
    tuple: Tuple.from([1, 'a']),
    set: new Set([3]),
    bytes: Uint8Array.of(0, 255),
    keys: new Map<number, string>([[0, 'x']]),
    bool: tensor([true, false]),
    scalar: tensor(2, { dtype: 'float64' }),
    empty: tensor([]),
  });
  const dumped = await inPython(`
d = torch.load(f + '/values.pt')
assert d['bytes'] == b'\\x00\\xff' and d['set'] == {3} and d['tuple'] == (1, 'a') and d['keys'] == {0: 'x'}
d['bytes'] = list(d['bytes']); d['set'] = list(d['set']); d['integers'][5] = str(d['integers'][5])
print(json.dumps({k: v.tolist() if isinstance(v, torch.Tensor) else v for k, v in d.items()}))`);
  expect(dumped).toEqual({
    integers: [0, -1, 300, 70_000, -(2 ** 40), String(2n ** 80n)],
    floats: [0.1, -0],
    text: ['ü', ''],
    none: null,
    truth: [true, false],
    tuple: [1, 'a'],
    set: [3],
    bytes: [0, 255],
    keys: { 0: 'x' },
    bool: [true, false],
    scalar: 2,
    empty: [],
  });
});

test.runIf(installed)('numpy.load reads .npy and .npz', async () => {
  await saveNpy(join(folder, 'x.npy'), base);
  const arrays = new Map([
    ['a', base.T],
    ['b', tensor([true])],
    ['c', tensor([1.5], { dtype: 'float16' })],
  ]);
  await saveNpz(join(folder, 'x.npz'), arrays, { compress: true });
  const dumped = await inPython(`
z = numpy.load(f + '/x.npz')
print(json.dumps([numpy.load(f + '/x.npy').tolist(), {k: [str(z[k].dtype), z[k].tolist()] for k in z.files}]))`);
  expect(dumped).toEqual([
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    {
      a: [
        'float32',
        [
          [0, 3],
          [1, 4],
          [2, 5],
        ],
      ],
      b: ['bool', [true]],
      c: ['float16', [1.5]],
    },
  ]);
});
