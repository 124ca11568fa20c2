import { HostBackend, type Kernel } from '@gradus/backend';

/** How often a kind of kernel was launched, and for how long it ran. */
export interface KernelCount {
  launches: number;
  milliseconds: number;
}

/**
 * A backend of one's own, whole: it inherits all kernels and counts and times them. One that computes faster overrides
 * `map`, `reduce`, `matmul` and so on instead, one by one.
 */
export class CountingBackend extends HostBackend {
  readonly counts: Map<Kernel['kind'], KernelCount> = new Map();

  constructor() {
    super('counting');
  }

  override launch(kernel: Kernel): void {
    const started = performance.now();
    super.launch(kernel);
    const count = this.counts.get(kernel.kind) ?? { launches: 0, milliseconds: 0 };
    count.launches++;
    count.milliseconds += performance.now() - started;
    this.counts.set(kernel.kind, count);
  }
}

export const counting = (): CountingBackend => new CountingBackend();
