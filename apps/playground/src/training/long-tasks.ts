/** Counts what kept the page's main thread for more than 50 ms, where the browser tells. */
export class LongTasks {
  count = 0;
  readonly #observer: PerformanceObserver | null;

  constructor() {
    const isTold = PerformanceObserver.supportedEntryTypes.includes('longtask');
    this.#observer = isTold ? new PerformanceObserver((list) => this.#add(list.getEntries())) : null;
  }

  get isKnown(): boolean {
    return this.#observer !== null;
  }

  start(): void {
    this.count = 0;
    this.#observer?.disconnect();
    this.#observer?.observe({ type: 'longtask' });
  }

  stop(): void {
    this.#add(this.#observer?.takeRecords() ?? []);
    this.#observer?.disconnect();
  }

  #add(entries: readonly PerformanceEntry[]): void {
    this.count += entries.length;
  }
}
