import { dispatch } from '@gradus/backend';
import { ArgumentError, assertShape, type DType, Layout, type Shape, sizeOf } from '@gradus/storage';
import { alias, allocate } from '../launch/index.ts';
import { type BackendRef, resolveBackend, scope } from '../memory.ts';
import { mul } from '../ops/pointwise/index.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import { assertParameter } from '../random/options.ts';
import type { Tensor } from '../tensor.ts';
import { type Distribution, drawProgram, normals, trials, uniforms } from './distributions.ts';

export interface PhiloxOptions {
  /** A float dtype; default float32. */
  readonly dtype?: DType;
  readonly backend?: BackendRef;
}

/**
 * Random numbers that the device makes by itself, one launch per tensor: nothing is drawn on the host and uploaded. A seed gives the
 * same words on every backend, and so the same uniform numbers to the bit; they are not those of PyTorch or of `manualSeed`.
 *
 * ```ts
 * const noise = new PhiloxGenerator(42)
 * const x = noise.randn([1024, 1024])
 * ```
 */
export class PhiloxGenerator {
  #seed = 0n;
  /** Blocks of four words that were drawn so far. */
  #drawn = 0n;

  /** An integer; without one, nobody can foresee the numbers. */
  constructor(seed: number = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)) {
    this.manualSeed(seed);
  }

  /** Starts the sequence that belongs to an integer. */
  manualSeed(seed: number): this {
    if (!Number.isSafeInteger(seed)) throw new ArgumentError(`manualSeed: the seed must be an integer, got ${seed}`);
    this.#seed = BigInt.asUintN(64, BigInt(seed));
    this.#drawn = 0n;
    return this;
  }

  /** The seed, and how many blocks were drawn: all that decides the numbers to come, in 16 bytes. */
  getState(): Uint8Array {
    return new Uint8Array(BigUint64Array.of(this.#seed, this.#drawn).buffer);
  }

  /** Continues from a state of `getState`. */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== 16) throw new ArgumentError(`setState: a state has 16 bytes, got ${bytes.length}`);
    [this.#seed, this.#drawn] = new BigUint64Array(bytes.slice().buffer) as unknown as [bigint, bigint];
    return this;
  }

  /** Uniform numbers from [0, 1), multiples of 2^-24 (2^-11 for float16, 2^-8 for bfloat16, 2^-32 for float64). */
  rand(shape: Shape, options: PhiloxOptions = {}): Tensor {
    return this.#draw('rand', shape, options, uniforms);
  }

  /** Numbers of the standard normal distribution, with the accuracy of the backend's functions. (Box & Muller 1958.) */
  randn(shape: Shape, options: PhiloxOptions = {}): Tensor {
    return this.#draw('randn', shape, options, normals);
  }

  /** 1 with probability p, else 0. */
  bernoulli(p: number, shape: Shape, options: PhiloxOptions = {}): Tensor {
    assertParameter('bernoulli', p >= 0 && p <= 1, 'p must lie in [0, 1]', p);
    return this.#draw('bernoulli', shape, options, trials, p);
  }

  /** Each element 0 with probability p, else divided by 1 - p. */
  dropout(x: Tensor, p = 0.5): Tensor {
    assertFloat('dropout', x.dtype);
    assertParameter('dropout', p >= 0 && p <= 1, 'p must lie in [0, 1]', p);
    if (p === 0 || x.size === 0) return x;
    if (p === 1) return mul(x, 0);
    return scope(() => {
      const kept = this.bernoulli(1 - p, x.shape, { dtype: x.dtype, backend: x.backend });
      return mul(x, mul(kept, 1 / (1 - p)));
    });
  }

  /** Element i has word i % 4 of block i / 4: a launch has four outputs that interleave. */
  #draw(op: string, shape: Shape, options: PhiloxOptions, distribution: Distribution, parameter = 0): Tensor {
    assertShape(op, shape);
    const dtype = assertFloat(op, options.dtype ?? 'float32');
    const blocks = Math.ceil(sizeOf(shape) / 4);
    const memory = allocate(resolveBackend(options.backend), [4 * blocks], dtype);
    if (blocks > 0) {
      const outputs = [0, 1, 2, 3].map((at) => ({ ...viewOf(memory), layout: new Layout([blocks], [4], at) }));
      const numbers = [this.#drawn, this.#drawn >> 32n, this.#seed, this.#seed >> 32n].map(wordOf);
      const program = drawProgram(distribution, dtype);
      dispatch(memory.backend, { kind: 'map', program, inputs: [], outputs, uniforms: [...numbers, parameter] });
      this.#drawn += BigInt(blocks);
    }
    const result = alias(memory, Layout.contiguous(shape));
    memory.dispose();
    return result;
  }
}

function viewOf({ storage, layout, dtype }: Tensor): Pick<Tensor, 'storage' | 'layout' | 'dtype'> {
  return { storage, layout, dtype };
}

function wordOf(bits: bigint): number {
  return Number(bits & 0xffffffffn);
}
