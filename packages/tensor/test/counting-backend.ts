import { setTimeout as pause } from 'node:timers/promises';
import { type Capabilities, HostBackend } from '@gradus/backend';

/** A backend whose memory the engine doesn't collect, as WebAssembly's and a GPU's: buffers must be given back. */
export class CountingBackend extends HostBackend {
  override readonly capabilities: Capabilities;
  /** How many buffers were given back. */
  releases = 0;

  constructor(name: string) {
    super(name);
    this.capabilities = { ...new HostBackend(name).capabilities, garbageCollected: false };
  }

  override release(handle: Parameters<HostBackend['release']>[0]): void {
    this.releases++;
    super.release(handle);
  }
}

/** Collects garbage until the condition holds, or so many times; returns whether it holds. */
export async function collect(condition: () => boolean, times = 20): Promise<boolean> {
  for (let i = 0; i < times && !condition(); i++) {
    globalThis.gc?.();
    await pause(5);
  }
  return condition();
}
