/** The longest nap, in milliseconds: so long may other work of the event loop be held up. */
const LONGEST = 0.5;

/** The part of the time waited so far that a nap takes: nobody waits much longer because of naps. */
const SHARE = 0.1;

const { process, setImmediate } = globalThis as {
  process?: { versions?: Readonly<Record<string, string | undefined>> };
  setImmediate?: (callback: () => void) => unknown;
};

const { node, deno, bun, electron } = process?.versions ?? {};

/** Whether Dawn is asked for its events in every turn of the event loop: in Node, and not in what poses as Node. */
const isPolling = node !== undefined && deno === undefined && bun === undefined && electron === undefined;

const cell: Int32Array | null = isPolling ? new Int32Array(new SharedArrayBuffer(4)) : null;

let waiting = 0;

let since = 0;

let isNapping = false;

/**
 * Waits for something that the GPU promises. In Node, Dawn looks for it in every turn of the event loop: that alone would keep
 * a core busy and fill the heap with garbage for as long as the GPU computes. Short naps between the turns leave the core to
 * others, such as the drivers' threads.
 */
export async function settled<T>(promised: Promise<T>): Promise<T> {
  if (!isPolling) return await promised;
  if (waiting++ === 0) since = performance.now();
  if (!isNapping) nextNap();
  try {
    return await promised;
  } finally {
    waiting--;
    since = performance.now();
  }
}

function nextNap(): void {
  isNapping = waiting > 0;
  if (isNapping) setImmediate?.(nap);
}

function nap(): void {
  const length = waiting > 0 ? Math.min(LONGEST, SHARE * (performance.now() - since)) : 0;
  Atomics.wait(cell as Int32Array, 0, 0, length);
  nextNap();
}
