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
  | MaxPoolKernel;

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
