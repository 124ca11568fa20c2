import type { Backend } from './backend.ts';
import type { View } from './kernel.ts';

/**
 * Optional kernels. A backend that doesn't support one gets its decomposition into the seven kinds (see
 * `decompositions/`), which is also its definition.
 */
export type FusedKernel =
  | SoftmaxKernel
  | ConvolutionKernel
  | ConvolutionInputKernel
  | ConvolutionWeightKernel
  | MaxPoolKernel
  | FactorizationKernel;

export type FusedName = FusedKernel['name'];

/** output = softmax of input along `axis`, or its logarithm. */
export interface SoftmaxKernel {
  readonly kind: 'fused';
  readonly name: 'softmax';
  readonly input: View;
  readonly output: View;
  readonly axis: number;
  readonly log: boolean;
}

/** How windows slide over the spatial axes; one number per axis. */
export interface WindowGeometry {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

export interface ConvolutionGeometry extends WindowGeometry {
  readonly groups: number;
}

/** output [N, O, ...] = input [N, C, ...] correlated with weight [O, C / groups, ...]; zero padding on both sides. */
export interface ConvolutionKernel {
  readonly kind: 'fused';
  readonly name: 'convolution';
  readonly input: View;
  readonly weight: View;
  readonly output: View;
  readonly geometry: ConvolutionGeometry;
}

/** The adjoint of the convolution in its input, which is the transposed convolution: `gradient` has its output's shape. */
export interface ConvolutionInputKernel {
  readonly kind: 'fused';
  readonly name: 'convolutionInput';
  readonly gradient: View;
  readonly weight: View;
  readonly output: View;
  readonly geometry: ConvolutionGeometry;
}

/** The adjoint of the convolution in its weight. */
export interface ConvolutionWeightKernel {
  readonly kind: 'fused';
  readonly name: 'convolutionWeight';
  readonly gradient: View;
  readonly input: View;
  readonly output: View;
  readonly geometry: ConvolutionGeometry;
}

/** Largest element per window of input [N, C, ...], and its flat index (int32) in the input's spatial plane. */
export interface MaxPoolKernel {
  readonly kind: 'fused';
  readonly name: 'maxPool';
  readonly input: View;
  readonly output: View;
  readonly indices: View;
  readonly window: readonly number[];
  readonly geometry: WindowGeometry;
}

/**
 * A matrix factorization, or what is computed like one (solves, a matrix exponential), over the last axes of its views.
 * Its decomposition comes with it, so that programs without linear algebra carry none.
 */
export interface FactorizationKernel {
  readonly kind: 'fused';
  readonly name: 'factorization';
  readonly algorithm: FactorizationAlgorithm;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
}

/** One of the algorithms of `@gradus/backend/linalg`; a backend that has its own knows it by its name. */
export interface FactorizationAlgorithm {
  readonly name: string;
  /** Runs the kernel where the backend's memory can be read at once; elsewhere throws a BackendError. */
  decompose(backend: Backend, kernel: FactorizationKernel): void;
}
