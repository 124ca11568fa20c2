import { expect, test } from 'vitest';
import { formatMeasurements, formatSeconds } from '../src/callbacks/format.ts';

test('measurements', () => {
  const text = formatMeasurements({ loss: 0.21134, accuracy: 0.93711, samplesPerSecond: 21093.4 });
  expect(text).toBe('loss 0.2113 accuracy 93.71% 21093 samples/s');
});

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [59.6, '1m00s'],
  [125, '2m05s'],
  [3599, '59m59s'],
  [3600, '1h00m'],
  [3720, '1h02m'],
])('%d seconds', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
