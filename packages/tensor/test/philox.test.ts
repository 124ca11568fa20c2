import { dispatch, mapProgram, uniform, use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { ArgumentError, DTypeError, Layout } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { ones, type Tensor, zeros } from '../src/index.ts';
import { PhiloxGenerator } from '../src/philox/index.ts';
import { philox } from '../src/philox/words.ts';

beforeAll(() => use(cpu()));

type Four = [number, number, number, number];

// Known answers of the Random123 library (kat_vectors, philox4x32 10).
const answers: readonly { readonly counter: Four; readonly key: [number, number]; readonly words: Four }[] = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

test.each(answers)('known answer for counter $counter', ({ counter, key, words }) => {
  const word = (at: number) => uniform(at, 'uint32');
  const results = philox([word(0), word(1), word(2), word(3)], [word(4), word(5)]);
  const memory = zeros([4], { dtype: 'uint32' });
  const program = mapProgram([], new Array(6).fill('uint32'), [...results]);
  const outputs = [0, 1, 2, 3].map((at) => {
    return { storage: memory.storage, dtype: memory.dtype, layout: new Layout([1], [1], at) };
  });
  dispatch(memory.backend, { kind: 'map', program, inputs: [], outputs, uniforms: [...counter, ...key] });
  expect(Array.from(memory.dataSync())).toEqual(words);
});

const numbers = (x: Tensor): number[] => Array.from(x.dataSync());

describe('PhiloxGenerator', () => {
  test('the first numbers of seed 0 are those of counter 0', () => {
    const words = answers[0]?.words.map((word) => word * 2 ** -32);
    expect(numbers(new PhiloxGenerator(0).rand([4], { dtype: 'float64' }))).toEqual(words);
  });

  test('a seed gives the same numbers again, in any number of draws of whole blocks', () => {
    const generator = new PhiloxGenerator(-5);
    const parts = [...numbers(generator.rand([8])), ...numbers(generator.rand([2, 2]))];
    expect(numbers(generator.manualSeed(-5).rand([12]))).toEqual(parts);
    expect(numbers(generator.rand([12]))).not.toEqual(parts);
  });

  test('a state goes on where it was taken, past 2^32 blocks too', () => {
    const state = new Uint8Array(BigUint64Array.of(7n, 2n ** 32n - 2n).buffer);
    const generator = new PhiloxGenerator().setState(state);
    expect(generator.getState()).toEqual(state);
    const all = numbers(generator.rand([16]));
    generator.setState(state).rand([8]);
    expect(numbers(generator.rand([8]))).toEqual(all.slice(8));
    expect(new Set(all).size).toBe(16);
  });

  test('odd and empty shapes, and scalars', () => {
    const generator = new PhiloxGenerator(1);
    expect(generator.rand([3, 5]).shape).toEqual([3, 5]);
    expect(generator.rand([0, 2]).size).toBe(0);
    expect(generator.rand([]).shape).toEqual([]);
  });

  test.each(['float32', 'float16', 'bfloat16', 'float64'] as const)('%s numbers from [0, 1)', (dtype) => {
    const values = numbers(new PhiloxGenerator(3).rand([10_000], { dtype }));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    // The mean of so many has a standard deviation of 0.003.
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 1);
  });

  test('normal numbers have mean 0, variance 1 and kurtosis 3', () => {
    const values = numbers(new PhiloxGenerator(4).randn([40_000]));
    const moment = (k: number): number => values.reduce((sum, value) => sum + value ** k, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25);
  });

  test('trials succeed with their probability; 0 and 1 are certain', () => {
    const generator = new PhiloxGenerator(5);
    const share = (p: number): number => numbers(generator.bernoulli(p, [10_000])).reduce((sum, x) => sum + x, 0) / 1e4;
    expect(share(0)).toBe(0);
    expect(share(1)).toBe(1);
    expect(share(0.3)).toBeCloseTo(0.3, 1);
  });

  test('dropout keeps elements with 1 - p, scaled up', () => {
    const generator = new PhiloxGenerator(6);
    const kept = numbers(generator.dropout(ones([1000]), 0.75));
    expect(new Set(kept)).toEqual(new Set([0, 4]));
    expect(numbers(generator.dropout(ones([3]), 1))).toEqual([0, 0, 0]);
    expect(numbers(generator.dropout(ones([3]), 0))).toEqual([1, 1, 1]);
  });

  test('what it does not take', () => {
    expect(() => new PhiloxGenerator(0.5)).toThrow(ArgumentError);
    expect(() => new PhiloxGenerator(1).setState(new Uint8Array(8))).toThrow('a state has 16 bytes, got 8');
    expect(() => new PhiloxGenerator(1).bernoulli(2, [1])).toThrow('p must lie in [0, 1], got 2');
    expect(() => new PhiloxGenerator(1).rand([1], { dtype: 'int32' })).toThrow(DTypeError);
  });
});
