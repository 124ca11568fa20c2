import { ArgumentError } from '@gradus/storage';
import { MAX_THREADS } from './control.ts';
import { notice } from './notice.ts';
import { availableCores, canShareMemory } from './pool-worker.ts';

/** All cores up to this many; beyond, half of them, as two of them usually share the units that compute. */
const FEW_CORES = 4;

/** The most that are used unasked. */
const MOST = 8;

/** Threads to compute with: those asked for, or what suits the machine; one, with a notice, where they can't share memory. */
export function threadCount(asked: number | undefined): number {
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= MAX_THREADS)) {
    throw new ArgumentError(`wasm: threads is ${asked}, it has to be an integer from 1 to ${MAX_THREADS}`);
  }
  const threads = asked ?? suitableThreads(availableCores());
  if (threads === 1 || canShareMemory()) return threads;
  notice(
    'wasm: kernels run on one thread, as this page is not cross-origin isolated. Serve it with the headers ' +
      '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or ask for it: threads: 1',
  );
  return 1;
}

function suitableThreads(cores: number): number {
  return cores <= FEW_CORES ? cores : Math.min(Math.max(cores >> 1, FEW_CORES), MOST);
}
