import type { Measurements } from '../callback.ts';

/** `loss 0.2113 accuracy 93.71% 21093 samples/s`. */
export function formatMeasurements(measured: Measurements): string {
  return Object.entries(measured)
    .map(([name, value]) => {
      if (name === 'samplesPerSecond') return `${Math.round(value)} samples/s`;
      return name === 'accuracy' ? `${name} ${(100 * value).toFixed(2)}%` : `${name} ${value.toFixed(4)}`;
    })
    .join(' ');
}

/** `8s`, `2m05s`, `1h02m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const [large, small] = whole < 3600 ? [whole, 'ms'] : [whole / 60, 'hm'];
  return `${Math.floor(large / 60)}${small[0]}${String(Math.floor(large % 60)).padStart(2, '0')}${small[1]}`;
}
