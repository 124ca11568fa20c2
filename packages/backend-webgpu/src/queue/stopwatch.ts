import { BufferUsage, MAP_READ } from '../device/usage.ts';

/** Two times, at 64 bits. */
const BYTES = 16;

/** Times one pass, by the device's clock. */
export class Stopwatch {
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

  constructor(device: GPUDevice) {
    const { queryResolve, copySource, copyTarget, mapRead } = BufferUsage;
    this.#queries = device.createQuerySet({ label: 'stopwatch', type: 'timestamp', count: 2 });
    this.#resolved = device.createBuffer({ label: 'stopwatch', size: BYTES, usage: queryResolve | copySource });
    this.#staging = device.createBuffer({ label: 'stopwatch', size: BYTES, usage: mapRead | copyTarget });
  }

  /** For the pass. */
  get writes(): GPUComputePassTimestampWrites {
    return { querySet: this.#queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
  }

  /** Encodes what `read` reads, behind the pass. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, BYTES);
  }

  /** Nanoseconds, once the pass is over; the stopwatch is done for then. */
  async read(): Promise<number> {
    await this.#staging.mapAsync(MAP_READ);
    const [begin, end] = new BigUint64Array(this.#staging.getMappedRange()) as unknown as [bigint, bigint];
    const nanoseconds = Number(end - begin);
    this.#queries.destroy();
    this.#resolved.destroy();
    this.#staging.destroy();
    return nanoseconds;
  }
}
