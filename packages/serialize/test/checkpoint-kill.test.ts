import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import type { Tensor } from '@gradus/tensor';
import { afterAll, expect, test } from 'vitest';
import { readCheckpoint } from '../src/index.ts';

await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-kill-'));
afterAll(() => rm(folder, { recursive: true }));

const KILLS = 12;

/** Starts a program that writes checkpoints without end, and kills it some time after its first one. */
async function writeAndKill(path: string, mode: string, delay: number): Promise<void> {
  const program = fileURLToPath(new URL('./checkpoint-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@gradus/source', program, path, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await setTimeout(delay);
  child.kill('SIGKILL');
  const [, signal] = (await once(child, 'exit')) as [number | null, string];
  expect(signal).toBe('SIGKILL');
}

test(`after each of ${KILLS} kills in the middle of writing, the last checkpoint is whole`, {
  timeout: 120_000,
}, async () => {
  const path = join(folder, 'run.safetensors');
  let before = 0;
  for (let i = 0; i < KILLS; i++) {
    // Delays that fall on every part of a write, which takes some milliseconds.
    await writeAndKill(path, i === 0 ? 'start' : 'resume', (i * 7.3) % 40);
    const { step, model, last } = await readCheckpoint(path);
    const values = await ((model as Map<string, Tensor>).get('w') as Tensor).data();
    expect(step).toBeGreaterThan(before);
    expect(new Set(values)).toEqual(new Set([step]));
    expect(await (last as Tensor).item()).toBe(step);
    before = step as number;
  }
});
