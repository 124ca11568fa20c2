import { defaultBackend } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { describe, expect, test, vi } from 'vitest';
import { type Callback, EarlyStopping, type EarlyStoppingOptions } from '../src/index.ts';
import { type Batch, createLoader, createRun, numbersOf } from './setup.ts';

const progress = { epoch: 1, epochs: 9, step: 1, steps: 1 };

/** After how many epochs of these validation values training is stopped. */
function stopsAfter(options: EarlyStoppingOptions, values: readonly number[]): number | null {
  const { trainer } = createRun(0);
  const stop = vi.spyOn(trainer, 'stop');
  const stopping = new EarlyStopping<Batch>(options);
  stopping.onTrainBegin(trainer);
  for (const [i, value] of values.entries()) {
    stopping.onEpochEnd(progress, {}, { [options.monitor ?? 'loss']: value });
    if (stop.mock.calls.length > 0) return i + 1;
  }
  return null;
}

describe('EarlyStopping', () => {
  test.each<[string, EarlyStoppingOptions, number[], number | null]>([
    ['waits `patience` epochs', { patience: 2 }, [3, 2, 2.5, 2.4, 1], 4],
    ['counts anew after an improvement', { patience: 2 }, [3, 3, 2, 3, 1, 2], null],
    ['takes no change for no improvement', { patience: 1 }, [3, 3], 2],
    ['takes NaN for no improvement', { patience: 1 }, [3, Number.NaN], 2],
    ['prefers higher values if told so', { patience: 1, monitor: 'accuracy', mode: 'max' }, [0.5, 0.6, 0.55], 3],
  ])('%s', (_, options, values, expected) => {
    expect(stopsAfter(options, values)).toBe(expected);
  });

  test('goes on after NaN as before it', () => {
    expect(stopsAfter({ patience: 2 }, [3, Number.NaN, 2, 2.5, 2.5])).toBe(5);
  });

  test('refuses to watch what is not measured', () => {
    const stopping = new EarlyStopping({ patience: 1, monitor: 'f1' });
    expect(() => stopping.onEpochEnd(progress, {}, { loss: 1 })).toThrow(ArgumentError);
    expect(() => stopping.onEpochEnd(progress, {}, { loss: 1 })).toThrow("doesn't measure 'f1'");
    expect(() => stopping.onEpochEnd(progress, {}, null)).not.toThrow();
  });

  test('ends a run', async () => {
    const stopping = new EarlyStopping<Batch>({ patience: 2, monitor: 'accuracy', mode: 'min', minDelta: 2 });
    const { trainer } = createRun(0, stopping);
    await trainer.fit(createLoader(), { epochs: 100, validation: createLoader() });
    expect(trainer.state.epoch).toBe(3);
  });

  test('gives back the numbers of the best epoch', async () => {
    const seen: unknown[] = [];
    const keepNumbers: Callback<Batch> = { onEpochEnd: async () => void seen.push(await numbersOf(model)) };
    const stopping = new EarlyStopping<Batch>({ patience: 2, minDelta: 1e9, restoreBest: true });
    const { trainer, model } = createRun(0, keepNumbers, stopping);
    const before = defaultBackend().memory().liveBuffers;
    await trainer.fit(createLoader(), { epochs: 100, validation: createLoader() });
    expect(seen.length).toBe(3);
    expect(await numbersOf(model)).toEqual(seen[0]);
    expect(seen[0]).not.toEqual(seen[2]);
    // Four gradients, and Adam's two means for each of the four parameters.
    expect(defaultBackend().memory().liveBuffers).toBe(before + 12);
  });
});
