const SIZE = 624;
const SHIFT = 397;

/**
 * The Mersenne Twister: 32 random bits per step, period 2^19937 - 1.
 *
 * @see Matsumoto & Nishimura 1998, Mersenne Twister: a 623-dimensionally equidistributed uniform generator
 */
export class Mt19937 {
  readonly words: Uint32Array = new Uint32Array(SIZE);
  /** Place of the next word. */
  next = 0;
  /** Words until a new block is computed, plus one. */
  left = 1;

  constructor(seed: number) {
    const { words } = this;
    words[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const previous = words[i - 1] as number;
      words[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** An integer of 32 random bits, from 0. */
  random(): number {
    if (--this.left === 0) this.#twist();
    let y = this.words[this.next++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const { words } = this;
    let word = words[0] as number;
    for (let i = 0; i < SIZE; i++) {
      const following = words[i + 1 < SIZE ? i + 1 : 0] as number;
      const mixed = (word & 0x80000000) | (following & 0x7fffffff);
      const distant = words[i < SIZE - SHIFT ? i + SHIFT : i + SHIFT - SIZE] as number;
      words[i] = distant ^ (mixed >>> 1) ^ (-(following & 1) & 0x9908b0df);
      word = following;
    }
    this.left = SIZE;
    this.next = 0;
  }
}
