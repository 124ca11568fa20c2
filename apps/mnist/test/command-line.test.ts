import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { saveSafetensors, writeCheckpoint } from '@gradus/serialize';
import { tensor } from '@gradus/tensor';
import { programAt } from 'command-line/testing';
import { afterAll, describe, expect, test } from 'vitest';

const run = programAt(new URL('../src/main.ts', import.meta.url));
await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-mnist-'));
afterAll(() => rm(folder, { recursive: true }));
await writeFile(join(folder, 'text.safetensors'), 'no checkpoint at all');
await saveSafetensors(join(folder, 'weights.safetensors'), new Map([['w', tensor(1)]]));
await writeCheckpoint(join(folder, 'other.safetensors'), {
  model: new Map([['w', tensor(1)]]),
  optimizer: { state: {}, param_groups: [] },
  generators: { default: new Uint8Array(1) },
  extra: { model: 'mlp' },
});
await writeCheckpoint(join(folder, 'no-run.safetensors'), { w: tensor(1) });
await mkdir(join(folder, 'folder'));

test('--help names every option', async () => {
  const { code, stdout } = await run(folder, ['--help']);
  expect(code).toBe(0);
  for (const option of ['backend', 'model', 'epochs', 'batch-size', 'lr', 'seed', 'samples', 'checkpoint', 'resume']) {
    expect(stdout).toContain(`--${option} <`);
  }
});

describe('a bad value gets one clear line and exit code 1:', () => {
  test.concurrent.each<[string[], string]>([
    [['--backend', 'abacus'], 'cpu, wasm'],
    [['--model', 'transformer'], 'Allowed choices are mlp, cnn'],
    [['--epochs', '0'], 'It must be a whole number of at least 1'],
    [['--epochs', '1.5'], 'It must be a whole number of at least 1'],
    [['--epochs', ''], 'It must be a whole number of at least 1'],
    [['--epochs'], 'argument missing'],
    [['--batch-size', '-4'], 'from 1 to 60000'],
    [['--batch-size', '60001'], 'from 1 to 60000'],
    [['--lr', '0'], 'It must be a positive number'],
    [['--lr', 'fast'], 'It must be a positive number'],
    [['--lr', 'Infinity'], 'It must be a positive number'],
    [['--seed', '-1'], 'It must be a whole number of at least 0'],
    [['--seed', '99999999999999999999'], 'It must be a whole number of at least 0'],
    [['--samples', '70000'], 'from 1 to 60000'],
    [['--epoch', '3'], "unknown option '--epoch'"],
    [['fast'], 'too many arguments'],
    [['--resume', 'missing.safetensors'], 'missing.safetensors'],
    [['--resume', 'text.safetensors'], 'text.safetensors: safetensors: the header'],
    [['--resume', 'weights.safetensors'], 'weights.safetensors: a safetensors file, but no checkpoint'],
    [['--resume', 'no-run.safetensors'], 'no-run.safetensors: a checkpoint, but not of a training run'],
    [['--resume', 'other.safetensors'], 'other.safetensors is no checkpoint of this program'],
    [['--resume', 'folder'], 'EISDIR'],
    [['--checkpoint', 'text.safetensors/x'], 'text.safetensors'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(folder, args);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});
