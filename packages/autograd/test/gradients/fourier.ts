import * as fft from '@gradus/tensor/fft';
import { check, type GradientCase, type GradientTable, of } from './case.ts';

const x23 = [of([2, 3])];
const complex = [of([3, 4, 2])];
const pair = [of([2, 3, 2]), of([3, 2])];

type Transform = typeof fft.fft;

/** Plain, and cut or padded along another axis; with a prime length that goes through a convolution. */
function alongOne(op: Transform, operands: typeof x23): readonly GradientCase[] {
  return [
    check((x) => op(x), operands),
    check((x) => op(x, { n: 5, dim: 0, norm: 'ortho' }), operands),
    check((x) => op(x, { n: 67 }), operands),
  ];
}

function alongSeveral(op: typeof fft.fftn, operands: typeof x23): readonly GradientCase[] {
  return [check((x) => op(x), operands), check((x) => op(x, { s: [2, 5], dim: [1, 0], norm: 'forward' }), operands)];
}

/** Fourier transforms and the complex numbers that they are made of. */
export const fourier: GradientTable = {
  complex: [check((x) => fft.complex(x), x23), check((re, im) => fft.complex(re, im), [of([2, 3]), of([2, 3])])],
  complexAbs: [check((x) => fft.complexAbs(x), [of([2, 3, 2], 0.2, 1)])],
  complexConj: [check((x) => fft.complexConj(x), complex)],
  complexMul: [check((a, b) => fft.complexMul(a, b), pair)],
  fft: alongOne(fft.fft, complex),
  ifft: alongOne(fft.ifft, complex),
  rfft: alongOne(fft.rfft, x23),
  irfft: alongOne(fft.irfft, complex),
  hfft: alongOne(fft.hfft, complex),
  ihfft: alongOne(fft.ihfft, x23),
  fftn: alongSeveral(fft.fftn, complex),
  ifftn: alongSeveral(fft.ifftn, complex),
  rfftn: alongSeveral(fft.rfftn, x23),
  irfftn: alongSeveral(fft.irfftn, complex),
  hfftn: alongSeveral(fft.hfftn, complex),
  ihfftn: alongSeveral(fft.ihfftn, x23),
  fft2: alongSeveral(fft.fft2, complex),
  ifft2: alongSeveral(fft.ifft2, complex),
  rfft2: alongSeveral(fft.rfft2, x23),
  irfft2: alongSeveral(fft.irfft2, complex),
  hfft2: alongSeveral(fft.hfft2, complex),
  ihfft2: alongSeveral(fft.ihfft2, x23),
  fftshift: [check((x) => fft.fftshift(x), x23)],
  ifftshift: [check((x) => fft.ifftshift(x, { dim: 1 }), x23)],
  stft: [
    check((x) => fft.stft(x, 4), [of([9])]),
    check(
      (x, window) => fft.stft(x, 4, { window, winLength: 3, hopLength: 2, normalized: true }),
      [of([2, 6]), of([3])],
    ),
    check((x) => fft.stft(x, 4, { center: false, onesided: false }), [of([6])]),
  ],
  istft: [
    check((x) => fft.istft(x, 4), [of([3, 3, 2])]),
    check((x, window) => fft.istft(x, 4, { window, hopLength: 2 }), [of([1, 3, 3, 2]), of([4], 0.5, 1)]),
    check((x) => fft.istft(x, 4, { length: 6, returnComplex: true }), [of([4, 3, 2])]),
  ],
};
