import type { Backend } from './backend.ts';
import type { View } from './kernel.ts';

/**
 * Optional kernels. A backend that doesn't support one gets its decomposition into the seven kinds, which is also its definition.
 */
export type FusedKernel =
  | SoftmaxKernel
  | ConvolutionKernel
  | ConvolutionInputKernel
  | ConvolutionWeightKernel
  | MaxPoolKernel
  | NormalizationKernel
  | NormalizationBackwardKernel
  | AttentionKernel
  | AttentionBackwardKernel
  | LstmKernel
  | LstmBackwardKernel
  | CrossEntropyKernel
  | CrossEntropyBackwardKernel
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

/**
 * A kernel that brings its decomposition along, so that programs without it carry none. The functions of
 * `@gradus/backend/nn` make them.
 */
interface SelfContained<Name extends string> {
  readonly kind: 'fused';
  readonly name: Name;
  /** Runs a kernel of this name as kernels of the seven kinds: its definition. */
  readonly decompose: (backend: Backend, kernel: never) => void;
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
export interface ConvolutionKernel extends SelfContained<'convolution'> {
  readonly input: View;
  readonly weight: View;
  readonly output: View;
  readonly geometry: ConvolutionGeometry;
}

/** The adjoint of the convolution in its input, which is the transposed convolution: `gradient` has its output's shape. */
export interface ConvolutionInputKernel extends SelfContained<'convolutionInput'> {
  readonly gradient: View;
  readonly weight: View;
  readonly output: View;
  readonly geometry: ConvolutionGeometry;
}

/** The adjoint of the convolution in its weight. */
export interface ConvolutionWeightKernel extends SelfContained<'convolutionWeight'> {
  readonly gradient: View;
  readonly input: View;
  readonly output: View;
  readonly geometry: ConvolutionGeometry;
}

/** Largest element per window of input [N, C, ...], and its flat index (int32) in the input's spatial plane. */
export interface MaxPoolKernel extends SelfContained<'maxPool'> {
  readonly input: View;
  readonly output: View;
  readonly indices: View;
  readonly window: readonly number[];
  readonly geometry: WindowGeometry;
}

/** Over `axes`, all elements are normalised together; `eps` is added to their variance. All views have one dtype. */
export interface NormalizationGeometry {
  readonly axes: readonly number[];
  readonly eps: number;
}

/**
 * output = (input - mean) / sqrt(variance + eps) * weight + bias, mean and (biased) variance over `axes`: layer norm, batch norm
 * in training, instance norm and group norm. Without a mean nothing is subtracted and `variance` is the mean of the squares: RMS
 * norm. The input is not empty.
 */
export interface NormalizationKernel extends SelfContained<'normalization'>, NormalizationGeometry {
  readonly input: View;
  /** Both have the input's rank, with size 1 where they don't differ. A bias comes with a weight of its shape. */
  readonly weight: View | null;
  readonly bias: View | null;
  /** Statistics have the input's shape with `axes` of size 1. Backward reads them. */
  readonly outputs: readonly [output: View, variance: View, mean?: View];
}

/** The gradients of a normalization, given that of its output. */
export interface NormalizationBackwardKernel extends SelfContained<'normalizationBackward'>, NormalizationGeometry {
  readonly gradient: View;
  readonly input: View;
  readonly weight: View | null;
  readonly variance: View;
  /** null for RMS norm. */
  readonly mean: View | null;
  /** The last two only where they are wanted, which have the weight's shape. */
  readonly outputs: readonly [input: View, weight?: View, bias?: View];
}

/** How scores query key^T become weights; all views but a bool mask have one dtype. No view is empty. */
export interface AttentionGeometry {
  /** What scores are multiplied with. */
  readonly scale: number;
  /** Query i sees keys 0 to i. */
  readonly causal: boolean;
}

/**
 * output [..., L, V] = softmax(query [..., L, E] key [..., S, E]^T scale + mask) value [..., S, V]. Batch axes are equal. The
 * mask is [..., L, S] (stride 0 where it was broadcast): bool, false for -Infinity, or floats. Of a query that sees no key all
 * results are NaN, as softmax has it. A key after a query, where that is causal, may be left out or weighed with 0, which differ
 * where it isn't finite.
 */
export interface AttentionKernel extends SelfContained<'attention'>, AttentionGeometry {
  readonly query: View;
  readonly key: View;
  readonly value: View;
  readonly mask: View | null;
  /** The second is log(sum(exp(scores))), [..., L, 1]: with it backward makes the weights again, a block at a time. */
  readonly outputs: readonly [output: View, logSumExp: View];
}

/** The gradients of an attention, given that of its output. */
export interface AttentionBackwardKernel extends SelfContained<'attentionBackward'>, AttentionGeometry {
  readonly gradient: View;
  readonly query: View;
  readonly key: View;
  readonly value: View;
  readonly mask: View | null;
  /** What the forward kernel wrote. */
  readonly result: View;
  readonly logSumExp: View;
  /** The last only where it is wanted: [..., L, S], of the masked scores. */
  readonly outputs: readonly [query: View, key: View, value: View, mask?: View];
}

/**
 * All steps of a layer of long short-term memory: with the gates i, f, g, o = input[t] + h[t-1] weight^T (sigmoids, of g the
 * hyperbolic tangent), c[t] = f c[t-1] + i g and h[t] = o tanh(c[t]). `input` [T, N, 4 H] are the inputs times their weights with all
 * biases, `weight` is [4 H, H]. No view is empty; all have one dtype.
 */
export interface LstmKernel extends SelfContained<'lstm'> {
  readonly input: View;
  readonly weight: View;
  /** Before the first step: [N, H]. */
  readonly hidden: View;
  readonly cell: View;
  /** From the last step to the first. */
  readonly reverse: boolean;
  /** h and c after every step [T, N, H], and the gates [T, N, 4 H]: backward reads them. */
  readonly outputs: readonly [hidden: View, cells: View, gates: View];
}

/** The gradients of an LSTM's steps, given those of h and of c after every step (null for zeros). */
export interface LstmBackwardKernel extends SelfContained<'lstmBackward'> {
  readonly ofHidden: View | null;
  readonly ofCells: View | null;
  readonly weight: View;
  readonly hidden: View;
  readonly cell: View;
  readonly reverse: boolean;
  /** What the forward kernel wrote. */
  readonly results: readonly [hidden: View, cells: View, gates: View];
  readonly outputs: readonly [input: View, weight: View, hidden: View, cell: View];
}

/**
 * A row's cross entropy: the sum over its classes of q (log(sum(exp(input))) - input), where q = weight (1 - smoothing + smoothing / C)
 * for its target, and weight smoothing / C for the other classes. Without smoothing those aren't read, not even -Infinity.
 */
export interface CrossEntropyGeometry {
  /** Along which the input has its C classes. */
  readonly axis: number;
  /** Rows of this target have the loss 0, and don't count in a mean. */
  readonly ignoreIndex: number;
  readonly smoothing: number;
}

/** Of every row along `axis`. All views but `target` have one dtype, float32 or float64. The input is not empty. */
export interface CrossEntropyKernel extends SelfContained<'crossEntropy'>, CrossEntropyGeometry {
  readonly input: View;
  /** int32; the input's shape with size 1 along `axis`. */
  readonly target: View;
  /** One per class; the input's rank, with size 1 along all other axes. */
  readonly weight: View | null;
  /**
   * The loss per row, or the sum of all where its sizes are 1; with `total` their mean: `total` is the sum of the weights of all
   * targets. Every row's largest element and the sum of exp(element - highest) are what backward reads, rather than a matrix.
   */
  readonly outputs: readonly [loss: View, highest: View, sum: View, total?: View];
}

/** The gradient of a cross entropy's input, given that of the loss (which broadcasts to the rows). */
export interface CrossEntropyBackwardKernel extends SelfContained<'crossEntropyBackward'>, CrossEntropyGeometry {
  readonly gradient: View;
  readonly input: View;
  readonly target: View;
  readonly weight: View | null;
  /** What the forward kernel wrote. */
  readonly highest: View;
  readonly sum: View;
  /** null where the loss isn't a mean. */
  readonly total: View | null;
  readonly outputs: readonly [input: View];
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
