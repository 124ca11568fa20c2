import { describe, expect, test } from 'vitest';
import { type DatasetName, makePoints } from '../src/boundary/datasets.ts';
import { isoline } from '../src/components/isoline.ts';
import { centerDigit } from '../src/digits/center.ts';
import { Curve } from '../src/training/curve.ts';

describe('a drawing becomes an image of MNIST', () => {
  const inkOf = (size: number, isInk: (x: number, y: number) => boolean) => ({
    width: size,
    height: size,
    values: Uint8Array.from({ length: size * size }, (_, i) => (isInk(i % size, Math.floor(i / size)) ? 255 : 0)),
  });

  test('wherever and however large it is drawn', () => {
    const small = centerDigit(inkOf(140, (x, y) => x >= 10 && x < 50 && y >= 20 && y < 60));
    const large = centerDigit(inkOf(140, (x, y) => x >= 40 && x < 120 && y >= 50 && y < 130));
    expect(small).toEqual(large);
    // A square fills the box of 20 x 20 in the middle.
    const rows = Array.from({ length: 28 }, (_, y) => Array.from(small!.subarray(28 * y, 28 * y + 28)));
    for (const [y, row] of rows.entries()) {
      const isInside = y >= 4 && y < 24;
      expect(row).toEqual(Array.from({ length: 28 }, (_, x) => (isInside && x >= 4 && x < 24 ? 255 : 0)));
    }
  });

  test('its centre of mass lies in the middle', () => {
    const image = centerDigit(inkOf(140, (x, y) => (x === 30 && y > 20 && y < 120) || (x > 30 && x < 90 && y === 21)))!;
    let [sum, x, y] = [0, 0, 0];
    image.forEach((value, i) => {
      sum += value;
      x += value * ((i % 28) + 0.5);
      y += value * (Math.floor(i / 28) + 0.5);
    });
    expect(x / sum).toBeCloseTo(14, 0);
    expect(y / sum).toBeCloseTo(14, 0);
  });

  test('nothing is nothing', () => {
    expect(centerDigit(inkOf(140, () => false))).toBeNull();
  });
});

describe('a curve', () => {
  test('keeps the means of what it is given, in bounded space', () => {
    const curve = new Curve();
    for (let x = 1; x <= 100_000; x++) curve.add(x, x);
    expect(curve.x.length).toBeLessThanOrEqual(1024);
    expect(curve.x.length).toBeGreaterThan(500);
    const spacing = (curve.x[1] as number) - (curve.x[0] as number);
    curve.x.forEach((x, i) => void expect(curve.y[i]).toBe(x - (spacing - 1) / 2));
  });
});

test.each<DatasetName>(['moons', 'circles', 'spirals', 'xor'])('the points of %s lie in the plane', (name) => {
  const points = makePoints(name, 100, 0);
  expect(points.filter(({ label }) => label === 0)).toHaveLength(100);
  expect(points.filter(({ label }) => label === 1)).toHaveLength(100);
  for (const { x, y } of points) expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThan(1);
});

test('an isoline leaves out the edge of the grid', () => {
  // The value is the column: the line where it is 3.5 is upright.
  const values = Array.from({ length: 48 }, (_, i) => i % 8);
  const { line, area } = isoline({ width: 8, height: 6, values }, 3.5);
  const columns = [...line.matchAll(/L([\d.]+),/g)].map(([, x]) => Number(x));
  expect(columns).not.toEqual([]);
  expect(new Set(columns)).toEqual(new Set([4]));
  expect(area).toContain('8.00');
});
