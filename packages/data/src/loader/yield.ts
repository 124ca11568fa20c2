type Scheduler = { readonly yield?: () => Promise<void> };

/** Lets timers, input and drawing run. A message is quicker than a timer, which browsers hold back for 4 ms. */
export function yieldToEventLoop(): Promise<void> {
  const { scheduler, setImmediate } = globalThis as {
    scheduler?: Scheduler;
    setImmediate?: (callback: () => void) => void;
  };
  if (scheduler?.yield !== undefined) return scheduler.yield();
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
