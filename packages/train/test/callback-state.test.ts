import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Callback, Checkpoints, EarlyStopping, loadCheckpoint } from '../src/index.ts';
import { type Batch, createLoader, createRun, numbersOf } from './setup.ts';

const folder = await mkdtemp(join(tmpdir(), 'gradus-callback-state-'));
afterAll(() => rm(folder, { recursive: true }));

const inFolder = (name: string): string => join(folder, name);

describe('a run that goes on from a checkpoint', () => {
  test('waits for an improvement no longer than one that was never interrupted, and gives back the same best numbers', async () => {
    const patient = (): EarlyStopping<Batch> => new EarlyStopping({ patience: 3, minDelta: 1e9, restoreBest: true });
    const checkpoints = new Checkpoints<Batch>({ path: ({ epoch }) => inFolder(`patient-${epoch}`) });
    const whole = createRun(0, patient(), checkpoints);
    await whole.trainer.fit(createLoader(), { epochs: 100, validation: createLoader() });
    expect(whole.trainer.state.epoch).toBe(4);
    for (const epoch of [1, 2, 3]) {
      const again = createRun(99, patient());
      await loadCheckpoint(inFolder(`patient-${epoch}`), again.trainer);
      await again.trainer.fit(createLoader(), { epochs: 100, validation: createLoader() });
      expect(again.trainer.state.epoch).toBe(4);
      expect(await numbersOf(again.model)).toEqual(await numbersOf(whole.model));
    }
  });

  test('removes the files that it saved before, and saves nothing worse than the best of them', async () => {
    const path = ({ epoch }: { epoch: number }): string => inFolder(join('kept', `${epoch}`));
    const start = createRun(0, new Checkpoints<Batch>({ path, keep: 2 }));
    await start.trainer.fit(createLoader(), { epochs: 3 });
    const later = createRun(99, new Checkpoints<Batch>({ path, keep: 2 }));
    await loadCheckpoint(path({ epoch: 3 }), later.trainer);
    await later.trainer.fit(createLoader(), { epochs: 5 });
    expect((await readdir(inFolder('kept'))).toSorted()).toEqual(['4', '5']);

    const best = inFolder('best');
    const worsening = (): Checkpoints<Batch> => new Checkpoints({ path: best, best: { monitor: 'loss', mode: 'max' } });
    const run = createRun(0, worsening());
    await run.trainer.fit(createLoader(), { epochs: 1, validation: createLoader() });
    const resumed = createRun(99, worsening());
    await loadCheckpoint(best, resumed.trainer);
    await resumed.trainer.fit(createLoader(), { epochs: 4, validation: createLoader() });
    const saved = createRun(7);
    await loadCheckpoint(best, saved.trainer);
    expect(saved.trainer.state.epoch).toBe(1);
  });

  test('gives every callback the state of its name, in order, and leaves new ones as they are', async () => {
    const counting = (name: string, start: number): Callback<Batch> & { count: number } => ({
      name,
      count: start,
      stateDict() {
        return { count: this.count };
      },
      loadStateDict(state) {
        this.count = state.count as number;
      },
    });
    const run = createRun(0, counting('a', 1), counting('b', 2), {}, counting('a', 3));
    await run.trainer.fit(createLoader(), { epochs: 1 });
    const checkpoints = new Checkpoints<Batch>({ path: inFolder('named') });
    checkpoints.onTrainBegin(run.trainer);
    await checkpoints.onEpochEnd({ epoch: 1, epochs: 1, step: 1, steps: 1 }, {}, null);
    const others = [counting('c', 10), counting('a', 11), counting('a', 12), counting('a', 13), counting('b', 14)];
    await loadCheckpoint(inFolder('named'), createRun(0, ...others).trainer);
    expect(others.map(({ count }) => count)).toEqual([10, 1, 3, 13, 2]);
  });
});
