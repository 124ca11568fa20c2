import { defaultGenerator, Generator } from '@gradus/tensor';

/**
 * The order of an epoch: indices of samples, drawn anew in every iteration.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.Sampler
 */
export interface Sampler extends Iterable<number> {
  /** Indices per epoch. */
  readonly length: number;
  /** Where random numbers come from, if not from the default generator. */
  readonly generator?: Generator | undefined;
  /** Called before every epoch by those who count them, for an order that depends on their number, from 0. */
  setEpoch?(epoch: number): void;
}

/** A seed, as PyTorch draws one: 64 bits, of which as many are kept as a number can hold; those decide the sequence. */
export function drawSeed(generator: Generator = defaultGenerator): number {
  return Number(BigInt.asUintN(52, generator.random64()));
}

/** What a sampler without a generator of its own draws an epoch from. */
export function seededGenerator(): Generator {
  return new Generator().manualSeed(drawSeed());
}
