import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Callback, CsvLog, History, JsonlLog } from '../src/index.ts';
import { type Batch, createLoader, createRun } from './setup.ts';

const folder = await mkdtemp(join(tmpdir(), 'gradus-logs-'));
afterAll(() => rm(folder, { recursive: true }));

/** The lines of a file that a callback wrote during two epochs, and what really happened. */
async function written(
  path: string,
  log: Callback<Batch>,
  ...others: Callback<Batch>[]
): Promise<{ lines: string[]; history: History<Batch> }> {
  const history = new History<Batch>();
  const { trainer } = createRun(0, ...others, log, history);
  await trainer.fit(createLoader({ batchSize: 25 }), { epochs: 2, validation: createLoader(), validateEvery: 2 });
  const text = await readFile(path, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return { lines: text.trimEnd().split('\n'), history };
}

test('JSONL: a line for every step and every epoch', async () => {
  const path = join(folder, 'new', 'log.jsonl');
  const { lines, history } = await written(path, new JsonlLog(path));
  const entries = lines.map((line) => JSON.parse(line));
  const [a, b, c, d] = history.losses;
  expect(entries).toEqual([
    { type: 'step', epoch: 1, step: 1, loss: a },
    { type: 'step', epoch: 1, step: 2, loss: b },
    { type: 'epoch', epoch: 1, ...history.epochs[0] },
    { type: 'step', epoch: 2, step: 1, loss: c },
    { type: 'step', epoch: 2, step: 2, loss: d },
    { type: 'epoch', epoch: 2, ...history.epochs[1] },
  ]);
});

describe('CSV', () => {
  test('of epochs: columns that come later are empty before', async () => {
    const path = join(folder, 'epochs.csv');
    const { lines, history } = await written(path, new CsvLog(path));
    const [first, second] = history.epochs;
    const validation = second?.validation ?? {};
    expect(lines).toEqual([
      'epoch,loss,accuracy,samplesPerSecond,validation_loss,validation_accuracy,validation_samplesPerSecond',
      ['1', ...Object.values(first?.training ?? {}), '', '', ''].join(','),
      ['2', ...Object.values(second?.training ?? {}), ...Object.values(validation)].join(','),
    ]);
  });

  test('of steps, with names that need quotes', async () => {
    const path = join(folder, 'steps.csv');
    const { lines, history } = await written(path, new CsvLog(path, { rows: 'step' }), {
      onGradients: () => ({ 'a "b", c': 1.5 }),
    });
    expect(lines).toEqual([
      'epoch,step,loss,"a ""b"", c"',
      ...history.losses.map((loss, i) => `${1 + Math.floor(i / 2)},${1 + (i % 2)},${loss},1.5`),
    ]);
  });

  test('that cannot be written ends the run with the error', async () => {
    const { trainer } = createRun(0, new CsvLog(join(folder, 'steps.csv', 'below-a-file')));
    await expect(trainer.fit(createLoader(), { epochs: 1 })).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
