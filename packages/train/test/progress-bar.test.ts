import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { ProgressBar } from '../src/index.ts';
import { createLoader, createRun } from './setup.ts';

/** What two epochs of five steps write to a stream. */
async function written(stream: PassThrough & { isTTY?: boolean; columns?: number }): Promise<string> {
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  const { trainer } = createRun(0, new ProgressBar(stream));
  await trainer.fit(createLoader({ batchSize: 10 }), { epochs: 2, validation: createLoader() });
  return text;
}

test('without a terminal, an epoch is a plain line, and one for the validation', async () => {
  const lines = (await written(new PassThrough())).split('\n');
  expect(lines.length).toBe(5);
  expect(lines[0]).toMatch(/^epoch 1\/2 step 5\/5 ETA \d+s loss \d\.\d{4} accuracy \d+\.\d\d% \d+ samples\/s$/);
  expect(lines[1]).toMatch(/^ {2}validation: loss \d\.\d{4} accuracy \d+\.\d\d% \d+ samples\/s$/);
  expect(lines[2]).toMatch(/^epoch 2\/2 step 5\/5 ETA 0s loss /);
  expect(lines[4]).toBe('');
});

test('in a terminal, an epoch is a bar that fills, and the cursor comes back', async () => {
  const text = await written(Object.assign(new PassThrough(), { isTTY: true, columns: 120 }));
  expect(text).toContain(`epoch 1/2 |${'░'.repeat(24)}| step 0/5`);
  expect(text).toMatch(/epoch 2\/2 \|█{24}\| step 5\/5 ETA 0s loss \d\.\d{4} accuracy \d+\.\d\d% \d+ samples\/s/);
  expect(text).toMatch(/\n {2}validation: loss /);
  expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
});

test('in a narrow terminal, the line fits', async () => {
  const text = await written(Object.assign(new PassThrough(), { isTTY: true, columns: 80 }));
  const line = /epoch 2\/2 \|.{4}\| step 5\/5 ETA 0s loss \d\.\d{4} accuracy \d+\.\d\d% \d+ samples\/s/.exec(text)?.[0];
  expect(line?.length).toBeLessThanOrEqual(80);
});

test('of an epoch without a known end, only what is known is said', () => {
  let text = '';
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  stream.on('data', (chunk) => {
    text += chunk;
  });
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const bar = new ProgressBar(stream);
  const progress = { epoch: 1, epochs: 2, step: 7, steps: Number.POSITIVE_INFINITY };
  bar.onTrainBegin();
  void bar.onEpochBegin({ ...progress, step: 0 });
  now.mockReturnValue(6000);
  bar.onStepEnd(progress, { loss: 0.5 });
  now.mockRestore();
  expect(text).toBe('epoch 1/2 step 7 loss 0.5000\n');
});
