import { ArgumentError } from '@gradus/storage';
import { Mt19937 } from './mt19937.ts';

const DEFAULT_SEED = 67280421310721;

/**
 * A source of random numbers: PyTorch's CPU generator, so that a seed gives the same numbers here and there.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Generator.html
 */
export class Generator {
  #seed: number = DEFAULT_SEED;
  #engine: Mt19937 = new Mt19937(DEFAULT_SEED);
  /** Normal numbers come in pairs: the second of one that was drawn. */
  #spareNormal: number | null = null;

  /** Starts the sequence that belongs to an integer. (PyTorch: Generator.manual_seed.) */
  manualSeed(seed: number): this {
    if (!Number.isSafeInteger(seed)) throw new ArgumentError(`manualSeed: the seed must be an integer, got ${seed}`);
    this.#seed = seed;
    this.#engine = new Mt19937(seed);
    this.#spareNormal = null;
    return this;
  }

  /** Starts a sequence that nobody can foresee, and returns its seed. */
  seed(): number {
    const seed = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    this.manualSeed(seed);
    return seed;
  }

  /** The seed that the sequence started from. */
  get initialSeed(): number {
    return this.#seed;
  }

  /** 32 random bits, as an integer from 0. */
  random32(): number {
    return this.#engine.random();
  }

  /** 64 random bits. */
  random64(): bigint {
    const high = this.#engine.random();
    return (BigInt(high) << 32n) | BigInt(this.#engine.random());
  }

  /** A multiple of 2^-bits from [0, 1): up to 24 bits of one word, or 53 bits of two. */
  fraction(bits: number): number {
    if (bits <= 24) return (this.#engine.random() & ((1 << bits) - 1)) / (1 << bits);
    const high = this.#engine.random() & 0x1fffff;
    return (high * 2 ** 32 + this.#engine.random()) / 2 ** 53;
  }

  /** A number of the standard normal distribution, in double precision. (Box & Muller 1958.) */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== null) {
      this.#spareNormal = null;
      return spare;
    }
    const angle = 2 * Math.PI * this.fraction(53);
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction(53)));
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Everything that decides the numbers to come, in the bytes of torch.Generator.get_state. */
  getState(): Uint8Array {
    const state = new DataView(new ArrayBuffer(STATE_BYTES));
    state.setBigUint64(0, BigInt.asUintN(64, BigInt(this.#seed)), true);
    state.setInt32(8, this.#engine.left, true);
    state.setInt32(12, 1, true);
    state.setUint32(16, this.#engine.next, true);
    this.#engine.words.forEach((word, i) => {
      state.setUint32(WORDS_AT + 8 * i, word, true);
    });
    if (this.#spareNormal !== null) {
      state.setFloat64(SPARE_NORMAL_AT, this.#spareNormal, true);
      state.setInt32(HAS_SPARE_NORMAL_AT, 1, true);
    }
    return new Uint8Array(state.buffer);
  }

  /** Continues from a state of `getState`, or of torch.get_rng_state. */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== STATE_BYTES) {
      throw new ArgumentError(`setState: a state has ${STATE_BYTES} bytes, got ${bytes.length}`);
    }
    const state = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#seed = Number(BigInt.asIntN(64, state.getBigUint64(0, true)));
    this.#engine = new Mt19937(this.#seed);
    this.#engine.left = state.getInt32(8, true);
    this.#engine.next = state.getUint32(16, true);
    for (let i = 0; i < this.#engine.words.length; i++) this.#engine.words[i] = state.getUint32(WORDS_AT + 8 * i, true);
    const hasSpare = state.getInt32(HAS_SPARE_NORMAL_AT, true) !== 0;
    this.#spareNormal = hasSpare ? state.getFloat64(SPARE_NORMAL_AT, true) : null;
    return this;
  }
}

/** Where PyTorch's state holds what: a word of the engine takes 8 bytes, the last 8 belong to GPUs. */
const WORDS_AT = 24;
const SPARE_NORMAL_AT = 5024;
const HAS_SPARE_NORMAL_AT = 5040;
const STATE_BYTES = 5056;

/** The generator of every draw that names no other. */
export const defaultGenerator: Generator = new Generator();
defaultGenerator.seed();

/**
 * Seeds the default generator: PyTorch's numbers from here on.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.manual_seed.html
 */
export function manualSeed(seed: number): Generator {
  return defaultGenerator.manualSeed(seed);
}
