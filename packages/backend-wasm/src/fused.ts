import { type Backend, type FusedKernel, type FusedName, type HostView, hostKernels } from '@gradus/backend';
import type { Engine } from './engine.ts';
import { hostViewOf } from './host-access.ts';
import { ConvolutionRunner } from './kernels/convolution.ts';
import { SoftmaxRunner } from './kernels/softmax.ts';
import type { MatMulRunner } from './matmul/multiply.ts';

/** Fused kernels with code of their own. */
const names: ReadonlySet<FusedName> = new Set([
  'softmax',
  'convolution',
  'convolutionInput',
  'convolutionWeight',
  'maxPool',
]);

export class FusedRunner {
  readonly #engine: Engine;
  readonly #softmax: SoftmaxRunner;
  readonly #convolution: ConvolutionRunner;

  constructor(backend: Backend, engine: Engine, products: MatMulRunner) {
    this.#engine = engine;
    this.#softmax = new SoftmaxRunner(engine);
    this.#convolution = new ConvolutionRunner(backend, engine, products);
  }

  supports(name: FusedName): boolean {
    return names.has(name);
  }

  /** Runs a fused kernel, or answers false for a case that is left to the decomposition. */
  run(kernel: FusedKernel): boolean {
    const { memory } = this.#engine;
    if (kernel.name === 'softmax') return this.#softmax.run(kernel);
    if (kernel.name === 'maxPool') {
      if (kernel.window.length > 2) return false;
      const [input, output, indices] = [kernel.input, kernel.output, kernel.indices].map((view) =>
        hostViewOf(memory, view),
      ) as [HostView, HostView, HostView];
      hostKernels.maxPool(input, output, indices, kernel);
      return true;
    }
    const { dtype } = kernel.output;
    if (dtype !== 'float32' && dtype !== 'float64') return false;
    if (kernel.name === 'convolution') this.#convolution.forward(kernel);
    else if (kernel.name === 'convolutionInput') this.#convolution.input(kernel);
    else this.#convolution.weight(kernel);
    return true;
  }
}
