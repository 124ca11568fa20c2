import { type DType, GradusError, type Shape } from '@gradus/storage';
import type { Operation, Tensor } from '@gradus/tensor';
import type { convolve, maxPool } from '@gradus/tensor/launch';

/** What can't be expressed as an ONNX graph. */
export class ExportError extends GradusError {
  override readonly name: string = 'ExportError';
}

/** A tensor of the graph. */
export interface Value {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The input or parameter that it is; '' for everything else. */
  readonly name: string;
  /** Its values, where they don't depend on an input. */
  readonly constant: Tensor | null;
  /** What made it. */
  producer: Step | null;
}

/** Windows that slid over an image. */
export interface ConvolutionOperation {
  readonly kind: Parameters<typeof convolve>[0];
  readonly geometry: Parameters<typeof convolve>[3];
}

export interface MaxPoolOperation {
  readonly kind: 'maxPool';
  readonly window: readonly number[];
  readonly geometry: Parameters<typeof maxPool>[2];
}

export type TracedOperation = Operation | ConvolutionOperation | MaxPoolOperation;

/** An operation that ran. */
export interface Step {
  readonly operation: TracedOperation;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** One run of a function. */
export interface Trace {
  readonly inputs: readonly Value[];
  readonly steps: readonly Step[];
  readonly outputs: readonly Value[];
  /** Gives the copies of constants back. */
  dispose(): void;
}
