import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  dataSync,
  defaultGenerator,
  empty,
  Generator,
  manualSeed,
  normal,
  ones,
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
  type Tensor,
  tensor,
  toArraySync,
  zeros,
} from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's from the same seeds.

beforeAll(() => use(new HostBackend('host')));
beforeEach(() => {
  manualSeed(0);
});

/** Within the rounding of float32: PyTorch computes logarithms and cosines by its own vector code. */
function expectNumbers(x: Tensor, expected: readonly number[]): void {
  const got = dataSync(x);
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(value)));
  });
}

describe('Generator', () => {
  test('a seed decides the sequence', () => {
    const [a, b] = [new Generator().manualSeed(7), new Generator().manualSeed(7)];
    expect(toArraySync(rand([40], { generator: a }))).toEqual(toArraySync(rand([40], { generator: b })));
    expect(a.initialSeed).toBe(7);
    expect(() => a.manualSeed(0.5)).toThrow(ArgumentError);
  });

  test('an own generator leaves the default one alone', () => {
    rand([5], { generator: new Generator() });
    expectNumbers(rand([1]), [0.4962566]);
  });

  test('negative seeds count as 64-bit integers', () => {
    manualSeed(-1);
    const negative = toArraySync(rand([3]));
    manualSeed(0xffffffff);
    expect(toArraySync(rand([3]))).toEqual(negative);
  });

  test('seed() starts another sequence each time', () => {
    const generator = new Generator();
    expect(generator.seed()).not.toBe(generator.seed());
  });

  test('states have the bytes of PyTorch and hold the second number of a normal pair', () => {
    randn([3]);
    const state = defaultGenerator.getState();
    expect(state.length).toBe(5056);
    expect([0, 8, 9, 12, 16, 24, 25, 26, 27, 5040].map((at) => state[at])).toEqual([
      0, 105, 2, 1, 8, 18, 13, 161, 145, 1,
    ]);
    const draw = (): void => {
      expectNumbers(randn([2]), [0.5684313, -1.0845224]);
      expectNumbers(rand([2]), [0.0223258, 0.1688589]);
    };
    draw();
    defaultGenerator.setState(state);
    draw();
    expect(() => defaultGenerator.setState(new Uint8Array(8))).toThrow(ArgumentError);
  });

  test('a state continues over the block of 624 words', () => {
    rand([1300]);
    const state = defaultGenerator.getState();
    const rest = toArraySync(rand([700]));
    expect(toArraySync(rand([700], { generator: new Generator().setState(state) }))).toEqual(rest);
  });
});

describe('new tensors', () => {
  test('rand', () => {
    expectNumbers(rand([2, 2]), [0.4962566, 0.7682218, 0.0884774, 0.1320305]);
  });

  test('rand has as many bits as the dtype', () => {
    expect(toArraySync(rand([3], { dtype: 'bfloat16' }))).toEqual([0.671875, 0.18359375, 0.45703125]);
    expect(rand([3], { dtype: 'float64', requiresGrad: true }).requiresGrad).toBe(true);
  });

  test('randn below 16 elements and from there on', () => {
    expectNumbers(randn([3]), [1.5409961, -0.2934289, -2.1787894]);
    manualSeed(0);
    expectNumbers(
      randn([20]),
      [
        -1.1258398, -1.1523602, -0.2505786, -0.4338788, 0.5988395, -1.5550951, -0.3413604, 1.8530061, 0.4680964,
        -0.1577124, 1.4436601, 0.2660494, 1.3893661, 1.5863342, 0.9462984, -0.8436767, 0.9318266, 1.2590092, 2.0049806,
        0.0537369,
      ],
    );
  });

  test('randint and randperm', () => {
    const x = randint(10, [5]);
    expect(x.dtype).toBe('int32');
    expect(toArraySync(x)).toEqual([4, 9, 3, 0, 3]);
    expect(toArraySync(randint(-5, 5, [5]))).toEqual([4, 2, -2, 2, -2]);
    const wide = randint(0, 2 ** 40, [3], { dtype: 'float64' });
    expect(toArraySync(wide)).toEqual([91845220082, 155896724055, 300891291096]);
    expect(toArraySync(randperm(6))).toEqual([0, 4, 1, 3, 2, 5]);
  });

  test('normal with tensors', () => {
    const mean = tensor([1, 2]);
    expectNumbers(normal(mean, tensor([[1], [10]])), [2.5409961, 1.7065711, -20.7878933, 7.6843128]);
    expectNumbers(normal(mean, 0.5), [0.4577388, 1.3007023]);
    expectNumbers(normal(1, mean), [1.4033468, 2.6760526]);
  });

  test('what is like a transposed tensor is drawn in its order in memory', () => {
    const x = zeros([2, 3]).transpose(0, 1);
    const like = randLike(x);
    expect(like.shape).toEqual([3, 2]);
    expectNumbers(like, [0.4962566, 0.1320305, 0.7682218, 0.3074228, 0.0884774, 0.6340787]);
    manualSeed(0);
    expectNumbers(
      randnLike(zeros([4, 5]).transpose(0, 1))
        .transpose(0, 1)
        .reshape([20])
        .slice(0, 0, 3),
      [1.5409961, -0.2934289, -2.1787894],
    );
    expect(randintLike(zeros([4], { dtype: 'uint8' }), 0, 256).dtype).toBe('uint8');
  });

  test('empty and 0-d tensors', () => {
    expect(rand([0, 3]).shape).toEqual([0, 3]);
    expectNumbers(rand([]), [0.4962566]);
    expect(randperm(0).shape).toEqual([0]);
  });

  test('errors', () => {
    expect(() => rand([2], { dtype: 'int32' })).toThrow(DTypeError);
    expect(() => rand([-1])).toThrow(ShapeError);
    expect(() => randint(5, 5, [1])).toThrow(ArgumentError);
    expect(() => randint(0, 2 ** 40, [1])).toThrow(/float64/);
    expect(() => normal(0, -1, [1])).toThrow(ArgumentError);
    expect(() => normal(0, 1)).toThrow(/shape/);
  });
});

describe('in place', () => {
  test('a strided view is drawn in its order in memory and counts a version', () => {
    const base = zeros([4, 5]);
    const { version } = base.storage;
    const x = base.transpose(0, 1);
    expect(x.uniform_()).toBe(x);
    expect(base.storage.version).toBeGreaterThan(version);
    expectNumbers(
      base.reshape([20]).slice(0, 0, 6),
      [0.4962566, 0.7682218, 0.0884774, 0.1320305, 0.3074228, 0.6340787],
    );
    manualSeed(0);
    x.normal_();
    expectNumbers(base.reshape([20]).slice(0, 0, 4), [1.5409961, -0.2934289, -2.1787894, 0.5684313]);
  });

  test('one distribution after another', () => {
    expectNumbers(empty([5]).geometric_(0.3), [1, 1, 3, 1, 2]);
    expectNumbers(empty([3]).exponential_(2), [0.7830644, 0.0983763, 0.2162442]);
    expectNumbers(empty([3]).cauchy_(), [0.2612516, -0.7845946, -0.1491585]);
    expectNumbers(empty([3]).logNormal_(), [6.245008, 14.5724506, 0.5205145]);
  });

  test('random_ without bounds', () => {
    const draw = (n: number, dtype: 'uint8' | 'int8' | 'bool' | 'bfloat16' | 'float64') =>
      toArraySync(empty([n], { dtype }).random_());
    expect(draw(4, 'uint8')).toEqual([172, 47, 117, 192]);
    expect(draw(4, 'int8')).toEqual([67, 123, 67, 103]);
    expect(draw(3, 'bool')).toEqual([true, true, true]);
    expect(draw(3, 'bfloat16')).toEqual([32, 3, 253]);
    expect(draw(3, 'float64')).toEqual([3162496332773046, 5236253499639255, 2596198112837552]);
  });

  test('double uniform numbers are scaled with one rounding', () => {
    const x = empty([2000], { dtype: 'float64' }).uniform_(-2.3, 3.1);
    manualSeed(0);
    const unit = dataSync(rand([2000], { dtype: 'float64' }));
    const exact = Array.from(unit, (u) => correctlyRounded(u, 3.1 + 2.3, -2.3));
    expect(Array.from(dataSync(x))).toEqual(exact);
  });

  test('errors', () => {
    const x = zeros([3], { dtype: 'int32' });
    expect(() => x.normal_()).toThrow(DTypeError);
    expect(() => zeros([3]).uniform_(2, 1)).toThrow(ArgumentError);
    expect(() => x.bernoulli_(1.5)).toThrow(ArgumentError);
    expect(() => zeros([3], { dtype: 'uint8' }).random_(0, 300)).toThrow(DTypeError);
    expect(() => zeros([1]).expand([3]).uniform_()).toThrow(ShapeError);
  });
});

describe('probabilities in a tensor', () => {
  test('bernoulli', () => {
    manualSeed(3);
    expect(
      toArraySync(
        tensor([
          [0.1, 0.9],
          [0.5, 0.5],
        ]).bernoulli(),
      ),
    ).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(toArraySync(zeros([2, 2]).bernoulli_(tensor([0.5, 0.9])))).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(toArraySync(ones([3], { dtype: 'int32' }).bernoulli({ p: 0 }))).toEqual([0, 0, 0]);
    expect(toArraySync(tensor([0, 1, 0, 1]).bernoulli())).toEqual([0, 1, 0, 1]);
  });

  test('of a transposed tensor are drawn in row-major order', () => {
    const expected = toArraySync(tensor([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]).bernoulli().reshape([3, 2]));
    manualSeed(0);
    expect(
      toArraySync(
        tensor([
          [0.5, 0.5, 0.5],
          [0.5, 0.5, 0.5],
        ]).T.bernoulli(),
      ),
    ).toEqual(expected);
  });

  test('multinomial', () => {
    manualSeed(3);
    const first = tensor([
      [0.1, 0.2, 0.3, 0.4],
      [4, 0, 0, 1],
    ]).multinomial(3, { replacement: true });
    expect(first.dtype).toBe('int32');
    expect(toArraySync(first)).toEqual([
      [0, 1, 3],
      [0, 0, 0],
    ]);
    expect(
      toArraySync(
        tensor([
          [0.1, 0.2, 0.3, 0.4],
          [4, 1, 1, 1],
        ]).multinomial(3),
      ),
    ).toEqual([
      [2, 0, 1],
      [0, 3, 2],
    ]);
    expect(toArraySync(tensor([0, 0, 1]).multinomial(1))).toEqual([2]);
    expect(toArraySync(tensor([5]).multinomial(2, { replacement: true }))).toEqual([0, 0]);
  });

  test('errors', () => {
    expect(() => tensor([1, 2]).multinomial(3)).toThrow(/without replacement/);
    expect(() => zeros([1, 2, 3]).multinomial(1)).toThrow(ShapeError);
    expect(() => ones([2], { dtype: 'int32' }).multinomial(1)).toThrow(DTypeError);
    expect(() => ones([2], { dtype: 'int32' }).bernoulli()).toThrow(DTypeError);
  });
});

/** a * b + c from exact integers: doubles are multiples of 2^-1074. */
function correctlyRounded(a: number, b: number, c: number): number {
  const scale = 2n ** 120n;
  const exact = (x: number): bigint => {
    let exponent = 0;
    let whole = x;
    while (!Number.isInteger(whole)) {
      whole *= 2;
      exponent++;
    }
    return (BigInt(whole) * scale) / 2n ** BigInt(exponent);
  };
  const sum = exact(a) * exact(b) + exact(c) * scale;
  const bits = (sum < 0n ? -sum : sum).toString(2).length;
  const drop = BigInt(Math.max(bits - 53, 0));
  const [unit, half] = [2n ** drop, 2n ** (drop > 0n ? drop - 1n : 0n)];
  const magnitude = sum < 0n ? -sum : sum;
  let rounded = magnitude / unit;
  const rest = magnitude % unit;
  if (rest > half || (rest === half && rounded % 2n === 1n)) rounded++;
  const value = Number(rounded) * 2 ** (Number(drop) - 240);
  return sum < 0n ? -value : value;
}
