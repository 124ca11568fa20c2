/**
 * Lets timers, messages, input and drawing run. In browsers by a message: it is quicker than a timer, which they hold back for
 * 4 ms, and waits behind other messages, where `scheduler.yield` goes ahead of them: a worker would never hear that it is to stop.
 */
export function yieldToEventLoop(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (setImmediate !== undefined) return new Promise((resolve) => setImmediate(() => resolve()));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
