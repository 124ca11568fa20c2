import {
  type Backend,
  decompose,
  type FusedKernel,
  type FusedName,
  type Kernel,
  type MapKernel,
  splitMap,
} from '@gradus/backend';
import { bindViews } from '../codegen/bound-views.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { AttentionBackwardRunner, AttentionRunner } from './attention.ts';
import { type AnyConvolution, convolutionProducts } from './convolution.ts';
import { CrossEntropyBackwardRunner, CrossEntropyRunner } from './cross-entropy.ts';
import { GatherRunner } from './gather.ts';
import { LstmBackwardRunner, LstmRunner } from './lstm.ts';
import { MapRunner } from './map.ts';
import { matmulProduct } from './matmul.ts';
import { MaxPoolRunner } from './max-pool.ts';
import { NormalizationBackwardRunner, NormalizationRunner } from './normalization.ts';
import { ProductRunner } from './product-runner.ts';
import type { ProductTuner } from './product-tuner.ts';
import { ReduceRunner } from './reduce.ts';
import { ScanRunner } from './scan.ts';
import { ScatterRunner } from './scatter.ts';
import { SoftmaxRunner } from './softmax.ts';
import { SortRunner } from './sort.ts';

/** Runs the fused kernels of one name, by code of its own or by their decomposition. */
interface FusedRunner {
  run(kernel: never): void;
}

/** Runs kernels, each kind by a runner of its own. */
export class KernelRunner {
  readonly #backend: Backend;
  /** Buffers that one kernel can bind. */
  readonly #maxBuffers: number;
  readonly #map: MapRunner;
  readonly #reduce: ReduceRunner;
  readonly #scan: ScanRunner;
  readonly #product: ProductRunner;
  readonly #gather: GatherRunner;
  readonly #scatter: ScatterRunner;
  readonly #sort: SortRunner;
  /** Fused kernels with code of their own. */
  readonly #fused: ReadonlyMap<FusedName, FusedRunner>;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool, tuner: ProductTuner | null) {
    this.#backend = backend;
    this.#maxBuffers = queue.device.limits.maxStorageBuffersPerShaderStage;
    this.#map = new MapRunner(queue);
    this.#reduce = new ReduceRunner(queue, pool);
    this.#scan = new ScanRunner(backend, queue);
    this.#product = new ProductRunner(queue, pool, tuner);
    this.#gather = new GatherRunner(queue);
    this.#sort = new SortRunner(backend, queue, pool);
    this.#scatter = new ScatterRunner(backend, queue);
    const convolution: FusedRunner = {
      run: (kernel: AnyConvolution) => {
        for (const product of convolutionProducts(kernel)) this.#product.run(product);
      },
    };
    this.#fused = new Map<FusedName, FusedRunner>([
      ['convolution', convolution],
      ['convolutionInput', convolution],
      ['convolutionWeight', convolution],
      ['maxPool', new MaxPoolRunner(backend, queue)],
      ['softmax', new SoftmaxRunner(backend, queue)],
      ['normalization', new NormalizationRunner(backend, queue)],
      ['normalizationBackward', new NormalizationBackwardRunner(backend, queue, pool)],
      ['crossEntropy', new CrossEntropyRunner(backend, queue, pool)],
      ['crossEntropyBackward', new CrossEntropyBackwardRunner(backend, queue)],
      ['attention', new AttentionRunner(backend, queue)],
      ['attentionBackward', new AttentionBackwardRunner(backend, queue, pool)],
      ['lstm', new LstmRunner(backend, queue, pool)],
      ['lstmBackward', new LstmBackwardRunner(backend, queue, pool, this.#product)],
    ]);
  }

  supports(name: FusedName): boolean {
    return this.#fused.has(name);
  }

  run(kernel: Kernel): void {
    switch (kernel.kind) {
      case 'map':
        return this.#fits(kernel) ? this.#map.run(kernel) : splitMap(this.#backend, kernel);
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

  /** Views of one memory are one buffer, so there may be more of them than buffers. */
  #fits({ inputs, outputs }: MapKernel): boolean {
    if (inputs.length + outputs.length <= this.#maxBuffers) return true;
    return bindViews([...inputs, ...outputs]).buffers.length <= this.#maxBuffers;
  }

  #runFused(kernel: FusedKernel): void {
    const runner = this.#fused.get(kernel.name);
    if (runner === undefined) decompose(this.#backend, kernel);
    else runner.run(kernel as never);
  }
}
