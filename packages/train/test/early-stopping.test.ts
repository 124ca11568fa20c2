import { ArgumentError } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { EarlyStopping, type EarlyStoppingOptions } from '../src/index.ts';
import { createLoader, createRun } from './setup.ts';

const progress = { epoch: 1, epochs: 9, step: 1, steps: 1 };

/** After how many epochs of these validation values training is stopped. */
function stopsAfter(options: EarlyStoppingOptions, values: readonly number[]): number | null {
  const controller = new AbortController();
  const stopping = new EarlyStopping(controller, options);
  for (const [i, value] of values.entries()) {
    stopping.onEpochEnd(progress, {}, { [options.monitor ?? 'loss']: value });
    if (controller.signal.aborted) return i + 1;
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
    const stopping = new EarlyStopping(new AbortController(), { patience: 1, monitor: 'f1' });
    expect(() => stopping.onEpochEnd(progress, {}, { loss: 1 })).toThrow(ArgumentError);
    expect(() => stopping.onEpochEnd(progress, {}, null)).toThrow("doesn't measure 'f1'");
  });

  test('ends a run', async () => {
    const controller = new AbortController();
    const stopping = new EarlyStopping(controller, { patience: 1, monitor: 'samplesPerSecond', mode: 'min' });
    const { trainer } = createRun(0, stopping, { onEpochEnd: () => controller.abort() });
    await trainer.fit(createLoader(), { epochs: 100, validation: createLoader(), signal: controller.signal });
    expect(trainer.state.epoch).toBe(1);
  });
});
