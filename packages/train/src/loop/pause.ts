/** A gate that a loop passes again and again, and that others close and open. */
export class Pause {
  #open: (() => void) | null = null;
  #opened: Promise<void> = Promise.resolve();

  get isPaused(): boolean {
    return this.#open !== null;
  }

  pause(): void {
    if (this.#open !== null) return;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  resume(): void {
    this.#open?.();
    this.#open = null;
  }

  /** Waits while the gate is closed; a signal that aborts ends the wait, too. */
  async whilePaused(signal: AbortSignal): Promise<void> {
    if (!this.isPaused || signal.aborted) return;
    let stopWaiting: () => void = () => {};
    const aborted = new Promise<void>((resolve) => {
      stopWaiting = resolve;
      signal.addEventListener('abort', stopWaiting, { once: true });
    });
    await Promise.race([this.#opened, aborted]);
    signal.removeEventListener('abort', stopWaiting);
  }
}
