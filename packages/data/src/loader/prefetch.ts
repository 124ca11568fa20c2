import { disposeBatch } from './dispose-batch.ts';

/** Starts to load one batch. */
export type Task<Batch> = () => Promise<Batch>;

/** The results of tasks in their order, with up to `depth` of them running ahead of the one that is asked for. */
export async function* ahead<Batch>(
  tasks: Iterator<Task<Batch>>,
  depth: number,
): AsyncGenerator<Batch, void, undefined> {
  const running: Promise<Batch>[] = [];
  const startNext = (): boolean => {
    const { done, value } = tasks.next();
    if (done === true) return false;
    const result = value();
    // An error is thrown when its batch is asked for, not while an earlier one is used.
    result.catch(() => {});
    running.push(result);
    return true;
  };
  try {
    for (;;) {
      while (running.length <= depth && startNext());
      const first = running.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    for (const left of await Promise.allSettled(running)) if (left.status === 'fulfilled') disposeBatch(left.value);
  }
}
