import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { tensor } from '@gradus/tensor';
import { afterAll, expect, test, vi } from 'vitest';
import { FormatError, loadSafetensors, saveSafetensors, writeSafetensors } from '../src/index.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-serialize-'));
afterAll(() => rm(folder, { recursive: true }));

test('a file is written with its folders and read again', async () => {
  const path = join(folder, 'new', 'folders', 'x.safetensors');
  const tensors = new Map([['w', tensor([[0.1, 0.2]], { dtype: 'float64' })]]);
  await saveSafetensors(path, tensors, { metadata: { epoch: '3' } });
  expect(new Uint8Array(await readFile(path))).toEqual(await writeSafetensors(tensors, { metadata: { epoch: '3' } }));
  const read = await loadSafetensors(path);
  expect(await read.tensors.get('w')?.toArray()).toEqual([[0.1, 0.2]]);
  expect(read.metadata).toEqual({ epoch: '3' });
});

test('an existing file is replaced', async () => {
  const path = join(folder, 'replaced.safetensors');
  await writeFile(path, 'something longer than what comes now, by far, so that a leftover would be seen'.repeat(9));
  await saveSafetensors(path, new Map([['w', tensor(1)]]));
  expect(await (await loadSafetensors(path)).tensors.get('w')?.item()).toBe(1);
});

test('a failed save leaves the old file as it was, and nothing else', async () => {
  const own = await mkdtemp(join(folder, 'failing-'));
  const path = join(own, 'kept.safetensors');
  await saveSafetensors(path, new Map([['w', tensor(1)]]));
  const disposed = tensor(2);
  disposed.dispose();
  await expect(saveSafetensors(path, new Map([['w', disposed]]))).rejects.toThrow();
  // A folder can't be replaced by a file: the last step of the save fails.
  await expect(saveSafetensors(own, new Map([['w', tensor(3)]]))).rejects.toThrow();
  expect(await (await loadSafetensors(path)).tensors.get('w')?.item()).toBe(1);
  expect(await readdir(own)).toEqual(['kept.safetensors']);
  expect((await readdir(folder)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
});

test('an error names the file', async () => {
  const path = join(folder, 'text.safetensors');
  await writeFile(path, 'not what its name says');
  await expect(loadSafetensors(path)).rejects.toThrow(FormatError);
  await expect(loadSafetensors(path)).rejects.toThrow(`${path}: safetensors: the header claims`);
  await expect(loadSafetensors(join(folder, 'missing'))).rejects.toThrow('ENOENT');
});

test('where there are no files, an error says what to do', async () => {
  vi.stubGlobal('process', undefined);
  try {
    await expect(loadSafetensors('model.safetensors')).rejects.toThrow(
      'loadSafetensors: there is no node:fs/promises here; it needs Node, Deno or Bun',
    );
  } finally {
    vi.unstubAllGlobals();
  }
});
