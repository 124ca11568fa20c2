/** Milliseconds in which one press of Ctrl-C arrives: the terminal, npm and the runner may each send a signal. */
const ONE_PRESS = 1000;

/** Aborts at Ctrl-C; pressed once more, it ends the program at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let pressed = Number.POSITIVE_INFINITY;
  process.on('SIGINT', () => {
    if (performance.now() - pressed > ONE_PRESS) process.exit(130);
    if (controller.signal.aborted) return;
    pressed = performance.now();
    controller.abort();
  });
  return controller.signal;
}
