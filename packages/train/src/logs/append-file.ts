import { nodeModule } from '@gradus/storage';

/** A file that is written from the beginning, then grows. Writes happen in the order of the calls. */
export class AppendFile {
  readonly path: string;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
    void this.#then(() => this.#start());
  }

  append(content: string | Uint8Array): Promise<void> {
    return this.#then(() => files().appendFile(this.path, content));
  }

  /** Writes the file anew. */
  replace(content: string): Promise<void> {
    return this.#then(() => files().writeFile(this.path, content));
  }

  /** Waits for all writes; after an error nothing more is written, and it is thrown here. */
  async flush(): Promise<void> {
    await this.#last;
  }

  async #start(): Promise<void> {
    const { mkdir, writeFile } = files();
    const { dirname } = nodeModule<typeof import('node:path')>('AppendFile', 'node:path');
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(this.path, '');
  }

  #then(write: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(write);
    // Whoever flushes hears of an error.
    this.#last.catch(() => {});
    return this.#last;
  }
}

function files(): typeof import('node:fs/promises') {
  return nodeModule('AppendFile', 'node:fs/promises');
}
