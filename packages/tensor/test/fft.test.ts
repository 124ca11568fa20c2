import { readFileSync } from 'node:fs';
import { HostBackend, use } from '@gradus/backend';
import { beforeAll, expect, test } from 'vitest';
import * as fft from '../src/fft/index.ts';
import { fromValues, type Tensor, tensor } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

// By torch.fft, torch.stft and torch.istft of PyTorch 1.13.1.
const recorded = JSON.parse(readFileSync(new URL('fourier.json', import.meta.url), 'utf8')) as {
  readonly transforms: readonly Recorded[];
  readonly windows: readonly Windows[];
};

/** The inputs of the recorded calls, made by the same formula. */
function input(shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => ((i * 7919 + 13) % 101) / 50 - 1);
  return fromValues(values, shape, { dtype: 'float64' });
}

function expectNear(actual: Tensor, shape: readonly number[], values: readonly number[]): void {
  expect(actual.shape).toEqual(shape);
  expect(actual.dtype).toBe('float64');
  for (const [i, value] of [...actual.dataSync()].entries()) expect(value).toBeCloseTo(values[i] as number, 9);
}

type Transform = (x: Tensor, options: fft.FftOptions & fft.FftnOptions) => Tensor;
type Recorded = [name: string, options: object, shape: number[], complex: 0 | 1, to: number[], values: number[]];

test.each(recorded.transforms)('%s(%j) of %j has the values of PyTorch', (name, options, from, ...rest) => {
  const [complex, shape, values] = rest;
  const x = input(complex ? [...from, 2] : from);
  expectNear((fft as unknown as Record<string, Transform>)[name]?.(x, options) as Tensor, shape, values);
});

type Windows = [
  shape: number[],
  nFft: number,
  options: Record<string, unknown>,
  to: number[],
  values: number[],
  inverse: [number[], number[]] | null,
];

test.each(recorded.windows)('stft and istft of %j by %j, %j', (from, nFft, given, to, values, inverse) => {
  const named = Object.entries(given).map(([key, value]) => {
    return [key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value];
  });
  const options = Object.fromEntries(named) as fft.StftOptions & { window?: number };
  const window = typeof options.window === 'number' ? { window: input([options.window]).add(2) } : {};
  const spectra = fft.stft(input(from), nFft, { ...options, ...window });
  expectNear(spectra, to, values);
  if (inverse !== null) expectNear(fft.istft(spectra.add(0.1), nFft, { ...options, ...window }), ...inverse);
});

test('istft gives complex signals of a wanted length', () => {
  const hann = Array.from({ length: 6 }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / 3) + 0.1);
  const options = { hopLength: 2, window: tensor(hann, { dtype: 'float64' }), returnComplex: true, length: 11 };
  expectNear(
    fft.istft(input([6, 5, 2]), 6, options),
    [11, 2],
    [
      0.050436322921035455, -0.09258766751140439, 0.15979381443298962, -0.09621993127147765, 0.13980526918671235,
      -0.004091642557205287, 0.25515463917525766, 0.07113008227925323, 0.26128293241695294, 0.00675830469644903,
      0.032359679266895744, -0.029549326265507603, -0.2549896816668037, 0.11016266203028646, -0.07058823529411765,
      0.32549019607843127, -0.0925876675114045, 0.050436322921035615, -0.11134237194279707, 0.3662443327271107,
      1.1977163526496826, 0.1254944241546645,
    ],
  );
});

/** The sum itself, term by term. */
function slowTransform(x: ArrayLike<number>, n: number): number[] {
  const terms = Array.from({ length: n }, (_, j) => j);
  return terms.flatMap((k) => {
    const angles = terms.map((j) => (-2 * Math.PI * ((j * k) % n)) / n);
    const sum = (of: (j: number, angle: number) => number) =>
      angles.reduce((total, angle, j) => total + of(j, angle), 0);
    const [re, im] = [(j: number) => x[2 * j] as number, (j: number) => x[2 * j + 1] as number];
    return [
      sum((j, angle) => re(j) * Math.cos(angle) - im(j) * Math.sin(angle)),
      sum((j, angle) => re(j) * Math.sin(angle) + im(j) * Math.cos(angle)),
    ];
  });
}

test.each([1, 2, 16, 17, 48, 61, 67, 97, 134, 210, 256, 283])(
  'fft over %i points is the sum, and ifft takes it back',
  (n) => {
    const x = input([n, 2]);
    const spectrum = fft.fft(x);
    expectNear(spectrum, [n, 2], slowTransform(x.dataSync() as Float64Array, n));
    expectNear(fft.ifft(spectrum), [n, 2], [...x.dataSync()].map(Number));
    const real = input([2, n]);
    expectNear(fft.irfft(fft.rfft(real), { n }), [2, n], [...real.dataSync()].map(Number));
  },
);

test('fft of strided, empty and integer tensors', () => {
  const x = input([3, 4, 2]);
  const turned = fft.fft(x.transpose(0, 1), { dim: 0 });
  expectNear(turned, [4, 3, 2], [...fft.fft(x).transpose(0, 1).dataSync()].map(Number));
  expect(fft.fft(input([0, 4, 2])).shape).toEqual([0, 4, 2]);
  const integers = fft.rfft(tensor([1, 2, 3, 4], { dtype: 'int32' }));
  expect([integers.dtype, integers.toArraySync()]).toEqual([
    'float32',
    [
      [10, 0],
      [-2, 2],
      [-2, 0],
    ],
  ]);
  expect([
    ...fft
      .fft(
        tensor([
          [Number.NaN, 0],
          [1, 0],
        ]),
      )
      .dataSync(),
  ]).toEqual(new Array(4).fill(Number.NaN));
});

test('frequencies and their order', () => {
  expect(fft.fftfreq(5).mul(5).toArraySync()).toEqual([0, 1, 2, -2, -1]);
  expect(fft.fftfreq(4, { d: 0.5 }).toArraySync()).toEqual([0, 0.5, -1, -0.5]);
  expect(fft.rfftfreq(4, { dtype: 'float64' }).toArraySync()).toEqual([0, 0.25, 0.5]);
  const x = tensor([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(fft.fftshift(x).toArraySync()).toEqual([
    [5, 3, 4],
    [2, 0, 1],
  ]);
  expect(fft.fftshift(x, { dim: -1 }).toArraySync()).toEqual([
    [2, 0, 1],
    [5, 3, 4],
  ]);
  expect(fft.ifftshift(fft.fftshift(x)).toArraySync()).toEqual(x.toArraySync());
});

test('complex numbers', () => {
  const [a, b] = [
    tensor([
      [3, 4],
      [0, 0],
    ]),
    tensor([1, -2]),
  ];
  expect(fft.complex(tensor([3, 0])).toArraySync()).toEqual([
    [3, 0],
    [0, 0],
  ]);
  expect(fft.complexMul(a, b).toArraySync()).toEqual([
    [11, -2],
    [0, 0],
  ]);
  expect(fft.complexAbs(a).toArraySync()).toEqual([5, 0]);
  expect(fft.complexConj(b).toArraySync()).toEqual([1, 2]);
});

test('a transform leaves no memory behind but its result', () => {
  const backend = new HostBackend('counted');
  const x = fromValues(new Float64Array(2 * 67), [67, 2], { dtype: 'float64', backend });
  const before = backend.memory().liveBuffers;
  for (const result of [fft.fft(x), fft.irfft(x), fft.fftn(x, { s: [30] })]) result.dispose();
  expect(backend.memory().liveBuffers).toBe(before);
});

test('errors say what is wrong', () => {
  const x = input([4, 2]);
  expect(() => fft.fft(input([4]))).toThrow(
    'fft: needs complex numbers [..., 2], got shape [4]; complex(x) makes them',
  );
  expect(() => fft.fft(x, { n: 0 })).toThrow('fft: the length must be a positive integer, got 0');
  expect(() => fft.irfft(input([1, 2]))).toThrow('irfft: the length must be a positive integer, got 0');
  expect(() => fft.fft(x, { dim: 1 })).toThrow('fft: axis 1 is outside a tensor of 1 axes');
  expect(() => fft.fftn(x, { s: [2, 2], dim: 0 })).toThrow(
    'fftn: needs different axes, and as many as lengths in [2, 2], got [0]',
  );
  const norm = 'both' as fft.FftNorm;
  expect(() => fft.fft(x, { norm })).toThrow("fft: norm must be 'backward', 'ortho' or 'forward', got 'both'");
  expect(() => fft.stft(x.select(1, 0), 8, { center: false })).toThrow(
    'stft: a signal of 4 samples is shorter than a window of 8',
  );
  expect(() => fft.stft(x.select(1, 0), 2, { hopLength: 1, window: x.select(1, 0) })).toThrow(
    'stft: the window must have shape [2], got [4]',
  );
  expect(() => fft.stft(x, 4, { hopLength: 0 })).toThrow(
    'stft: nFft and hopLength must be positive integers, got 4 and 0',
  );
  expect(() => fft.istft(input([4, 2, 2]), 8)).toThrow(
    'istft: needs [B, 5, windows, 2] for windows of 8 points, got [1, 4, 2, 2]',
  );
  const spectra = input([5, 2, 2]);
  expect(() => fft.istft(spectra, 8, { returnComplex: true })).toThrow(
    'istft: a complex signal has no onesided spectra',
  );
});
