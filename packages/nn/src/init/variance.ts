import { ArgumentError } from '@gradus/storage';
import { type GeneratorOptions, type Tensor, unrecorded } from '@gradus/tensor';
import { fans } from './fan.ts';
import { calculateGain, type Nonlinearity } from './gain.ts';

/** Initialisers that choose the spread of a weight [out, in, ...] so that signals keep their variance. */

export interface XavierOptions extends GeneratorOptions {
  /** Default 1; see `calculateGain`. */
  readonly gain?: number;
}

/** Uniform within sqrt(6 / (fan in + fan out)) of 0, times the gain. (Glorot & Bengio 2010.) */
export function xavierUniform_(x: Tensor, options: XavierOptions = {}): Tensor {
  return uniformOfStd(x, xavierStd('xavierUniform_', x, options), options);
}

/** Normal with std sqrt(2 / (fan in + fan out)), times the gain. (Glorot & Bengio 2010.) */
export function xavierNormal_(x: Tensor, options: XavierOptions = {}): Tensor {
  return normalOfStd(x, xavierStd('xavierNormal_', x, options), options);
}

export interface KaimingOptions extends GeneratorOptions {
  /** Slope of leaky_relu below 0. Default 0. */
  readonly a?: number;
  /** Whether the forward or the backward pass keeps its variance. Default fan_in. */
  readonly mode?: 'fan_in' | 'fan_out';
  /** What follows the layer. Default leaky_relu. */
  readonly nonlinearity?: Nonlinearity;
}

/** Uniform within gain * sqrt(3 / fan) of 0. (He et al. 2015.) */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  return uniformOfStd(x, kaimingStd('kaimingUniform_', x, options), options);
}

/** Normal with std gain / sqrt(fan). (He et al. 2015.) */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  return normalOfStd(x, kaimingStd('kaimingNormal_', x, options), options);
}

function xavierStd(op: string, x: Tensor, { gain = 1 }: XavierOptions): number {
  const { fanIn, fanOut } = fans(op, x);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

function kaimingStd(op: string, x: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu' } = options;
  if (mode !== 'fan_in' && mode !== 'fan_out') {
    throw new ArgumentError(`${op}: mode must be 'fan_in' or 'fan_out', got '${String(mode)}'`);
  }
  const { fanIn, fanOut } = fans(op, x);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut);
}

function uniformOfStd(x: Tensor, std: number, options: GeneratorOptions): Tensor {
  const bound = Math.sqrt(3) * std;
  if (x.size === 0) return x;
  return unrecorded(() => x.uniform_(-bound, bound, options));
}

function normalOfStd(x: Tensor, std: number, options: GeneratorOptions): Tensor {
  if (x.size === 0) return x;
  return unrecorded(() => x.normal_(0, std, options));
}
