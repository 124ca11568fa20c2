// Fourier transforms, by the names of torch.fft; complex numbers are a trailing axis of size 2.
export { complex, complexAbs, complexConj, complexMul } from './complex.ts';
export * from './frequencies.ts';
export * from './n-dimensional.ts';
export type { FftNorm } from './norm.ts';
export * from './one-dimensional.ts';
export * from './stft.ts';
