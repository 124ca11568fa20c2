import { type Expression, expressions as e } from '@gradus/backend';

/** Four words of 32 bits: a counter, or what it is turned into. */
export type Words = readonly [Expression, Expression, Expression, Expression];

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;

/** What the key grows by from round to round: the golden ratio, and the square root of 3 less 1. */
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85] as const;

/**
 * Philox 4x32-10: 128 random bits from a counter and a key, all uint32. Integer arithmetic alone, so that every backend gives the
 * same bits. (Salmon, Moraes, Dror & Shaw 2011, Parallel random numbers: as easy as 1, 2, 3.)
 */
export function philox(counter: Words, key: readonly [Expression, Expression]): Words {
  let words = counter;
  let [first, second] = key;
  for (let round = 0; round < 10; round++) {
    const [low0, high0] = wideProduct(words[0], MULTIPLIERS[0]);
    const [low1, high1] = wideProduct(words[2], MULTIPLIERS[1]);
    words = [e.xor(e.xor(high1, words[1]), first), low1, e.xor(e.xor(high0, words[3]), second), low0];
    [first, second] = [e.add(first, KEY_STEPS[0]), e.add(second, KEY_STEPS[1])];
  }
  return words;
}

/** The lower and the upper 32 bits of a product, by halves of 16 bits. */
function wideProduct(a: Expression, factor: number): readonly [low: Expression, high: Expression] {
  const [aLow, aHigh] = [e.and(a, 0xffff), e.shr(a, 16)];
  const [factorLow, factorHigh] = [factor & 0xffff, factor >>> 16];
  const middle = e.add(e.mul(aHigh, factorLow), e.shr(e.mul(aLow, factorLow), 16));
  const carried = e.add(e.mul(aLow, factorHigh), e.and(middle, 0xffff));
  const high = e.add(e.add(e.mul(aHigh, factorHigh), e.shr(middle, 16)), e.shr(carried, 16));
  return [e.mul(a, factor), high];
}
