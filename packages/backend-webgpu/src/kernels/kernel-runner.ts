import { type Backend, decompose, type FusedKernel, type FusedName, type Kernel } from '@gradus/backend';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { convolutionProduct } from './convolution.ts';
import { GatherRunner } from './gather.ts';
import { MapRunner } from './map.ts';
import { matmulProduct } from './matmul.ts';
import { MaxPoolRunner } from './max-pool.ts';
import { ProductRunner } from './product-runner.ts';
import { ReduceRunner } from './reduce.ts';
import { ScanRunner } from './scan.ts';
import { ScatterRunner } from './scatter.ts';
import { SortRunner } from './sort.ts';

/** Fused kernels with code of their own. */
const fused: ReadonlySet<FusedName> = new Set(['convolution', 'convolutionInput', 'convolutionWeight', 'maxPool']);

/** Runs kernels, each kind by a runner of its own. */
export class KernelRunner {
  readonly #backend: Backend;
  readonly #map: MapRunner;
  readonly #reduce: ReduceRunner;
  readonly #scan: ScanRunner;
  readonly #product: ProductRunner;
  readonly #maxPool: MaxPoolRunner;
  readonly #gather: GatherRunner;
  readonly #scatter: ScatterRunner;
  readonly #sort: SortRunner;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#backend = backend;
    this.#map = new MapRunner(queue);
    this.#reduce = new ReduceRunner(queue, pool);
    this.#scan = new ScanRunner(queue);
    this.#product = new ProductRunner(queue, pool);
    this.#maxPool = new MaxPoolRunner(queue);
    this.#gather = new GatherRunner(queue);
    this.#sort = new SortRunner(queue, pool);
    this.#scatter = new ScatterRunner(backend, queue);
  }

  supports(name: FusedName): boolean {
    return fused.has(name);
  }

  run(kernel: Kernel): void {
    switch (kernel.kind) {
      case 'map':
        return this.#map.run(kernel);
      case 'reduce':
        return this.#reduce.run(kernel);
      case 'scan':
        return this.#scan.run(kernel);
      case 'matmul':
        return this.#product.run(matmulProduct(kernel));
      case 'gather':
        return this.#gather.run(kernel);
      case 'scatter':
        return this.#scatter.run(kernel);
      case 'sort':
        return this.#sort.run(kernel);
      case 'fused':
        return this.#runFused(kernel);
    }
  }

  #runFused(kernel: FusedKernel): void {
    switch (kernel.name) {
      case 'convolution':
      case 'convolutionInput':
      case 'convolutionWeight':
        return this.#product.run(convolutionProduct(kernel));
      case 'maxPool':
        if (this.#maxPool.run(kernel)) return;
        return decompose(this.#backend, kernel);
      default:
        return decompose(this.#backend, kernel);
    }
  }
}
