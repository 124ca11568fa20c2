import { readFileSync } from 'node:fs';
import { HostBackend, use } from '@gradus/backend';
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, fromValues, tensor, zeros } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const count = (size: number, value = (i: number): number => i): number[] =>
  Array.from({ length: size }, (_, i) => value(i));

const printed = JSON.parse(readFileSync(new URL('printed.json', import.meta.url), 'utf8')) as Record<string, string[]>;

/** What `printed.json` holds the text of, line by line, as PyTorch 1.13.1 prints it. */
const cases: Readonly<Record<string, readonly [shape: readonly number[], values: readonly number[]]>> = {
  'scalar float32': [[], [1.5]],
  'whole float32': [[3], [1, 2, 3]],
  'wide whole float32': [[2], [1, 2000]],
  'whole large float32': [[2], [1e8 + 8, 2e8]],
  'mixed float32': [
    [2, 2],
    [1, -2.5, 0, 100.25],
  ],
  'small float32': [[2], [1e-5, 1]],
  'tiny whole zeros float32': [[3], [0, 0, 0]],
  'specials float32': [[5], [nan, inf, -inf, 0, -0]],
  'specials among float32': [[4], [nan, inf, 1.25, -0]],
  'specials sci float32': [[4], [nan, -1e-7, 0, 3e12]],
  'ties float32': [[3], [0.03125, 0.09375, -0.15625]],
  'ties sci float32': [[2], [1.03125, 1e6]],
  'three axes float32': [[2, 2, 2], count(8, (i) => i * 0.5)],
  'four axes float32': [
    [1, 2, 1, 2],
    [1, 2, 3, 4],
  ],
  'long line float32': [[40], count(40, (i) => i * 1.25 - 10)],
  'summarized matrix float32': [[60, 30], count(1800, (i) => i / 7)],
  'wide matrix float32': [[7, 200], count(1400, (i) => i * 0.5)],
  'summarized three int32': [[2, 30, 40], count(2400)],
  'mixed int32': [
    [2, 2],
    [1, -2, 0, 100],
  ],
  'rows int32': [[2, 30], count(60)],
};

describe('values are printed as PyTorch prints them', () => {
  test.each(Object.entries(cases))('%s', (name, [shape, values]) => {
    const dtype = name.endsWith('int32') ? 'int32' : 'float32';
    const text = fromValues(values, shape, { dtype }).toString();
    expect(text.replace(/,\s+dtype=\w+,\s+host\)$/, ')')).toBe(printed[name]?.join('\n'));
  });

  test('of a view in its own order', () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).T.toString(),
    ).toBe('tensor([[1., 3.],\n        [2., 4.]], dtype=float32, host)');
  });
});

describe('what is said besides the values', () => {
  test('dtype, backend and whether gradients are wanted', () => {
    expect(`${tensor([1], { requiresGrad: true })}`).toBe('tensor([1.], dtype=float32, host, requiresGrad)');
    expect(`${tensor([true, false])}`).toBe('tensor([ true, false], dtype=bool, host)');
    expect(`${tensor(3, { dtype: 'uint8' })}`).toBe('tensor(3, dtype=uint8, host)');
  });

  test('goes to a new line where it does not fit', () => {
    expect(`${arange(0, 18)}`).toBe(
      'tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17],\n       dtype=int32, host)',
    );
  });

  test('the shape, where there are no values to print', () => {
    expect(`${zeros([0, 3])}`).toBe('tensor([], shape=[0, 3], dtype=float32, host)');
    const gone = zeros([2]);
    gone.dispose();
    expect(`${gone}`).toBe('tensor(disposed, shape=[2], dtype=float32, host)');
    const unreadable = Object.assign(new HostBackend('far'), { downloadSync: undefined });
    expect(`${zeros([2], { backend: unreadable })}`).toBe('tensor(..., shape=[2], dtype=float32, far)');
  });
});
