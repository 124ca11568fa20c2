import { HostBackend, use } from '@gradus/backend';
import { beforeAll, describe, expect, test } from 'vitest';
import { linspace, logspace } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

describe('spaced numbers', () => {
  test('hold both ends exactly', () => {
    expect(linspace(0, 1, 5).toArraySync()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(-0.7, 0.3, 7, { dtype: 'float64' }).toArraySync()).toMatchObject({ 0: -0.7, 6: 0.3 });
    expect(linspace(3, 9, 1).toArraySync()).toEqual([3]);
    expect(logspace(0, 2, 3, 10, { dtype: 'float64' }).toArraySync()).toEqual([1, 10, 100]);
  });

  test('of integers go between truncated ends', () => {
    expect(linspace(4.3, 1.9, 4, { dtype: 'int32' }).toArraySync()).toEqual([4, 3, 2, 1]);
    expect(logspace(0.9, 2.9, 3, 10, { dtype: 'int32' }).toArraySync()).toEqual([1, 10, 100]);
  });
});
