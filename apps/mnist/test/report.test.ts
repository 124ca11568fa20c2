import { describe, expect, test } from 'vitest';
import { confusionMatrix, lossCurve } from '../src/report.ts';

test('the confusion matrix counts by digit and prediction', () => {
  const lines = confusionMatrix({ actual: [0, 0, 0, 7, 9], predicted: [0, 0, 6, 1, 9] }).split('\n');
  const cells = lines.map((line) => line.trim().split(/ +/));
  expect(lines.length).toBe(11);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(cells[1]).toEqual(['0', '2', '.', '.', '.', '.', '.', '1', '.', '.', '.']);
  expect(cells[8]).toEqual(['7', '.', '1', '.', '.', '.', '.', '.', '.', '.', '.']);
  expect(cells[10]?.at(-1)).toBe('1');
});

describe('the loss curve', () => {
  const falling = (steps: number): number[] => Array.from({ length: steps }, (_, i) => 2 * 0.99 ** i);
  /** The numbers below the axis. */
  const ticks = (curve: string): string[] =>
    (curve.split('\n').find((line) => /^ +\d[\d ]*$/.test(line)) ?? '').trim().split(/ +/);

  test('goes from the first loss to the last, over epochs', () => {
    const curve = lossCurve(falling(400), 4);
    expect(curve).toMatch(/1\.9\d┤┓/);
    expect(curve).toContain('0.00┤');
    expect(curve).toContain('epoch');
    expect(ticks(curve)).toEqual(['1', '2', '3', '4']);
  });

  test('names eight epochs at most', () => {
    expect(ticks(lossCurve(falling(2000), 50))).toEqual(['7', '14', '21', '28', '35', '42', '49']);
  });

  test.each([
    ['no steps', []],
    ['a single step', [1]],
    ['nothing finite', [Number.NaN, Number.POSITIVE_INFINITY]],
  ])('says so when there is %s to draw', (_, losses) => {
    expect(lossCurve(losses, 1)).toBe('no curve: too few finite losses');
  });

  test('leaves out what is not finite', () => {
    expect(lossCurve([2, Number.NaN, 1, 0.5], 1)).toContain('2.00┤');
  });
});
