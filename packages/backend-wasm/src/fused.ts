import type { Backend, FusedKernel, FusedName } from '@gradus/backend';
import type { Engine } from './engine.ts';
import { AttentionRunner } from './kernels/attention.ts';
import { ConvolutionRunner } from './kernels/convolution.ts';
import { CrossEntropyRunner } from './kernels/cross-entropy.ts';
import { MaxPoolRunner } from './kernels/max-pool.ts';
import { NormalizationRunner } from './kernels/normalization.ts';
import { SoftmaxRunner } from './kernels/softmax.ts';
import type { Allocator } from './memory/allocator.ts';

/** Fused kernels with code of their own. */
const names: ReadonlySet<FusedName> = new Set([
  'softmax',
  'convolution',
  'convolutionInput',
  'convolutionWeight',
  'maxPool',
  'normalization',
  'normalizationBackward',
  'attention',
  'attentionBackward',
  'crossEntropy',
  'crossEntropyBackward',
]);

export class FusedRunner {
  readonly #normalization: NormalizationRunner;
  readonly #attention: AttentionRunner;
  readonly #crossEntropy: CrossEntropyRunner;
  readonly #softmax: SoftmaxRunner;
  readonly #maxPool: MaxPoolRunner;
  readonly #convolution: ConvolutionRunner;

  constructor(backend: Backend, engine: Engine, allocator: Allocator) {
    this.#normalization = new NormalizationRunner(backend, engine, allocator);
    this.#attention = new AttentionRunner(backend, engine, allocator);
    this.#crossEntropy = new CrossEntropyRunner(backend, engine, allocator);
    this.#softmax = new SoftmaxRunner(engine);
    this.#maxPool = new MaxPoolRunner(engine);
    this.#convolution = new ConvolutionRunner(backend, engine, allocator);
  }

  supports(name: FusedName): boolean {
    return names.has(name);
  }

  /** Runs a fused kernel, or answers false for a case that is left to the decomposition. */
  run(kernel: FusedKernel): boolean {
    if (kernel.name === 'attention') return this.#attention.forward(kernel);
    if (kernel.name === 'attentionBackward') return this.#attention.backward(kernel);
    if (kernel.name === 'normalization') return this.#normalization.forward(kernel);
    if (kernel.name === 'normalizationBackward') return this.#normalization.backward(kernel);
    if (kernel.name === 'crossEntropy') return this.#crossEntropy.forward(kernel);
    if (kernel.name === 'crossEntropyBackward') return this.#crossEntropy.backward(kernel);
    if ('outputs' in kernel) return false;
    if (kernel.name === 'softmax') return this.#softmax.run(kernel);
    if (kernel.name === 'maxPool') return this.#maxPool.run(kernel);
    const { dtype } = kernel.output;
    if (dtype !== 'float32' && dtype !== 'float64') return false;
    if (kernel.name === 'convolution') this.#convolution.forward(kernel);
    else if (kernel.name === 'convolutionInput') this.#convolution.input(kernel);
    else this.#convolution.weight(kernel);
    return true;
  }
}
