import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { ones } from '../creation.ts';
import { type PadOptions, pad } from '../functional/padding.ts';
import { scope } from '../memory.ts';
import { expand, movedim, narrow, reshape, select, slice, transpose, unfold } from '../ops/movement.ts';
import { add, div, mul, square } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { assertComplex, complex } from './complex.ts';
import { fft, ifft, irfft, rfft } from './one-dimensional.ts';

/** Spectra of short windows of a signal, and the signal back from them. */

interface WindowOptions {
  /** From one window to the next. Default: a quarter of the transform's length. */
  readonly hopLength?: number;
  /** Default: the transform's length. A shorter window is padded with zeros on both sides. */
  readonly winLength?: number;
  /** Weights, [winLength]. Default ones. */
  readonly window?: Tensor;
  /** Whether the k-th window is centered at k hops, rather than starting there. Default true. */
  readonly center?: boolean;
  /** Divides spectra by the square root of the transform's length. Default false. */
  readonly normalized?: boolean;
}

export interface StftOptions extends WindowOptions {
  /** How a centered signal goes on beyond its ends. Default `reflect`. */
  readonly padMode?: NonNullable<PadOptions['mode']>;
  /** Whether to give only the frequencies up to half of the length, which say all. Default true. */
  readonly onesided?: boolean;
}

export interface IstftOptions extends WindowOptions {
  /** Whether the spectra hold only the frequencies up to half of the length. Default: as their number says. */
  readonly onesided?: boolean;
  /** The signal's length; it is cut or padded with zeros. Default: as far as windows reach, without a centered one's padding. */
  readonly length?: number;
  /** Whether the signal is complex; its spectra can't be onesided. Default false. */
  readonly returnComplex?: boolean;
}

/**
 * The short-time Fourier transform of real signals [L] or [B, L] with windows of `nFft` points: complex
 * [B, frequencies, windows, 2], as PyTorch gives it with `return_complex=False`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.stft.html
 */
export function stft(x: Tensor, nFft: number, options: StftOptions = {}): Tensor {
  if (x.ndim === 1) return scope(() => select(stft(reshape(x, [1, x.size]), nFft, options), 0, 0));
  if (x.ndim !== 2) throw new ShapeError(`stft: needs a signal [L] or [B, L], got shape ${formatShape(x.shape)}`);
  const { center = true, padMode = 'reflect', normalized = false, onesided = true } = options;
  const hop = hopOf('stft', nFft, options);
  return scope(() => {
    const half = Math.floor(nFft / 2);
    const signal = center ? pad(x, [half, half], { mode: padMode }) : x;
    if ((signal.shape[1] as number) < nFft) {
      throw new ShapeError(`stft: a signal of ${signal.shape[1]} samples is shorter than a window of ${nFft}`);
    }
    const windows = mul(unfold(signal, 1, nFft, hop), windowOf('stft', x, nFft, options));
    const norm = normalized ? 'ortho' : 'backward';
    const spectra = onesided ? rfft(windows, { norm }) : fft(complex(windows), { norm });
    return transpose(spectra, 1, 2);
  });
}

/**
 * Takes back `stft`: complex [frequencies, windows, 2] or [B, frequencies, windows, 2] to the signal whose spectra are
 * nearest to these, [L] or [B, L] (complex: [B, L, 2]). Windows are added up and divided by the sum of their squared
 * weights; samples where that sum is 0, which PyTorch refuses, come out as NaN or infinite.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.istft.html
 */
export function istft(x: Tensor, nFft: number, options: IstftOptions = {}): Tensor {
  assertComplex('istft', x);
  if (x.ndim === 3) {
    return scope(() => select(istft(reshape(x, [1, ...x.shape]), nFft, options), 0, 0));
  }
  const hop = hopOf('istft', nFft, options);
  const { center = true, length } = options;
  assertSpectra(x, nFft, options);
  return scope(() => {
    const window = windowOf('istft', x, nFft, options);
    const frames = framesOf(transpose(x, 1, 2), nFft, options);
    const weights = expand(square(window), [1, frames.shape[1] as number, nFft]);
    const isComplex = options.returnComplex === true;
    const weighted = mul(frames, isComplex ? reshape(window, [nFft, 1]) : window);
    const summed = overlapped(isComplex ? movedim(weighted, -1, 1) : weighted, hop);
    const envelope = overlapped(weights, hop);
    const start = center ? Math.floor(nFft / 2) : 0;
    const total = summed.shape.at(-1) as number;
    const end = length !== undefined ? start + length : center ? total - start : total;
    const signal = div(slice(summed, -1, start, end), slice(envelope, -1, start, end));
    const full = end > total ? pad(signal, [0, end - total]) : signal;
    return isComplex ? transpose(full, 1, 2) : full;
  });
}

function hopOf(op: string, nFft: number, { hopLength = Math.floor(nFft / 4) }: WindowOptions): number {
  if (Number.isInteger(nFft) && nFft > 0 && Number.isInteger(hopLength) && hopLength > 0) return hopLength;
  throw new ArgumentError(`${op}: nFft and hopLength must be positive integers, got ${nFft} and ${hopLength}`);
}

/** The weights of a window, [nFft]. */
function windowOf(op: string, x: Tensor, nFft: number, { winLength = nFft, window }: WindowOptions): Tensor {
  if (!Number.isInteger(winLength) || winLength < 1 || winLength > nFft) {
    throw new ArgumentError(`${op}: winLength must be from 1 to nFft, ${nFft}, got ${winLength}`);
  }
  if (window !== undefined && (window.ndim !== 1 || window.size !== winLength)) {
    throw new ShapeError(`${op}: the window must have shape [${winLength}], got ${formatShape(window.shape)}`);
  }
  const weights = window ?? ones([winLength], { dtype: x.dtype, backend: x.backend });
  const left = Math.floor((nFft - winLength) / 2);
  return winLength === nFft ? weights : pad(weights, [left, nFft - winLength - left]);
}

function assertSpectra(x: Tensor, nFft: number, options: IstftOptions): void {
  const frequencies = Math.floor(nFft / 2) + 1;
  const expected = isOnesided(x, nFft, options) ? frequencies : nFft;
  if (x.ndim !== 4 || x.size === 0 || x.shape[1] !== expected) {
    throw new ShapeError(
      `istft: needs [B, ${expected}, windows, 2] for windows of ${nFft} points, got ${formatShape(x.shape)}`,
    );
  }
  if (options.returnComplex === true && isOnesided(x, nFft, options)) {
    throw new ArgumentError('istft: a complex signal has no onesided spectra; give all frequencies');
  }
}

function isOnesided(x: Tensor, nFft: number, { onesided = x.shape[1] !== nFft }: IstftOptions): boolean {
  return onesided;
}

/** Spectra [B, windows, frequencies, 2] to windows of the signal, [B, windows, nFft] (complex: [..., 2]). */
function framesOf(spectra: Tensor, nFft: number, options: IstftOptions): Tensor {
  const norm = options.normalized === true ? 'ortho' : 'backward';
  if (options.returnComplex === true) return ifft(spectra, { dim: 2, norm });
  return irfft(spectra, { n: nFft, dim: 2, norm });
}

/** Windows [..., windows, size] added up, each `hop` after the one before: parts of a hop, which don't overlap, at a time. */
function overlapped(windows: Tensor, hop: number): Tensor {
  const [count, size] = windows.shape.slice(-2) as [number, number];
  const outer = windows.shape.slice(0, -2);
  const parts = Math.ceil(size / hop);
  const padded = pad(windows, [0, parts * hop - size]);
  const rows = Array.from({ length: parts }, (_, k) => {
    const row = reshape(narrow(padded, -1, k * hop, hop), [...outer, count * hop]);
    return pad(row, [k * hop, (parts - 1 - k) * hop]);
  });
  return narrow(rows.reduce(add), -1, 0, size + hop * (count - 1));
}
