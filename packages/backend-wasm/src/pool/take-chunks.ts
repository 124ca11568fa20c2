import type { Control } from './control.ts';

/** A kernel over items [from, to). */
export type RangeKernel = (from: number, to: number, ...rest: number[]) => void;

/**
 * One thread's share of a job: its own chunks first, which are neighbours and the same in every job over as many items, so that
 * what it wrote is still in its cache; then those that the others haven't begun. Answers how many it took.
 *
 * It is sent to workers as text: it refers to nothing outside of itself.
 */
export function takeChunks(words: Int32Array, at: Control, thread: number, kernel: RangeKernel): number {
  const threads = words[at.threads] as number;
  const [total, size, chunks] = [words[at.total], words[at.size], words[at.chunks]] as [number, number, number];
  const values = Array.from(words.subarray(at.values, at.values + (words[at.count] as number)));
  let count = 0;
  for (let k = 0; k < threads; k++) {
    const owner = (thread + k) % threads;
    const first = Math.floor((owner * chunks) / threads);
    const end = Math.floor(((owner + 1) * chunks) / threads);
    const taken = at.taken + owner * at.line;
    for (let chunk = first + Atomics.add(words, taken, 1); chunk < end; chunk = first + Atomics.add(words, taken, 1)) {
      const from = chunk * size;
      kernel(from, Math.min(from + size, total), ...values);
      count++;
    }
  }
  return count;
}
