import type { MemoryReport } from '../backend.ts';

/** The books of a pool: counts of the buffers that are live, and released ones, kept by capacity for whoever asks next. */
export class Ledger<Buffer> {
  readonly counts: { -readonly [Name in keyof MemoryReport]: number } = {
    liveBuffers: 0,
    liveBytes: 0,
    pooledBytes: 0,
    peakBytes: 0,
  };
  readonly kept: Map<number, Buffer[]> = new Map();

  /** A buffer of that many bytes is handed out. */
  lend(byteLength: number): void {
    const { counts } = this;
    counts.liveBuffers++;
    counts.liveBytes += byteLength;
    counts.peakBytes = Math.max(counts.peakBytes, counts.liveBytes);
  }

  /** It was released. */
  takeBack(byteLength: number): void {
    this.counts.liveBuffers--;
    this.counts.liveBytes -= byteLength;
  }

  keep(buffer: Buffer, capacity: number): void {
    this.counts.pooledBytes += capacity;
    const list = this.kept.get(capacity) ?? [];
    list.push(buffer);
    this.kept.set(capacity, list);
  }

  /** What was kept last of exactly this capacity. */
  reuse(capacity: number): Buffer | undefined {
    const buffer = this.kept.get(capacity)?.pop();
    if (buffer !== undefined) this.counts.pooledBytes -= capacity;
    return buffer;
  }
}

/** Keeps no more than so many bytes. Returns what it gives up, capacities that have been in use for longest first. */
export function evict<Buffer>({ counts, kept }: Ledger<Buffer>, bytes: number): Buffer[] {
  const evicted: Buffer[] = [];
  for (const [capacity, list] of kept) {
    while (counts.pooledBytes > bytes && list.length > 0) {
      evicted.push(list.pop() as Buffer);
      counts.pooledBytes -= capacity;
    }
    if (list.length === 0) kept.delete(capacity);
  }
  return evicted;
}
