import { AutogradError } from '@gradus/storage';
import type { Operation } from './operation.ts';
import type { Tensor } from './tensor.ts';

/** Options of `backward`. */
export interface BackwardOptions {
  /** dL/d(this tensor); needed unless it has one element. */
  readonly gradient?: Tensor;
  /** Keep saved tensors, so that backward can run again. Defaults to `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the backward pass too, so that gradients can be differentiated. */
  readonly createGraph?: boolean;
  /** Accumulate into these tensors only, not into every leaf. */
  readonly inputs?: readonly Tensor[];
}

/** Sees a gradient as it is computed; a tensor that it returns takes the gradient's place. */
export type GradientHook = (grad: Tensor) => Tensor | undefined;

/** What the tensor package knows of automatic differentiation; `@gradus/autograd` installs one when imported. */
export interface Recorder {
  /** Whether an op on these inputs has to be recorded. */
  wants(inputs: readonly Tensor[]): boolean;
  /** Called before the launch, only where `wants` says so. */
  record(operation: Operation, inputs: readonly Tensor[], outputs: readonly Tensor[]): void;
  /**
   * Called before every in-place write to `target`, whose version is counted already: records it where needed. Throws
   * for a leaf that requires grad. `inputs` may contain the target itself, with its old value.
   */
  recordInPlace(operation: Operation, inputs: readonly Tensor[], target: Tensor): void;
  /** Whether the tensor takes part in a graph: it requires grad or was made from one that does. */
  requiresGrad(tensor: Tensor): boolean;
  /** Called before a leaf is made to require grad. Throws for a tensor that can't take part in a graph. */
  assertRecordable(tensor: Tensor): void;
  backward(root: Tensor, options: BackwardOptions): void;
  /** Runs `hook` on the tensor's gradient whenever one is computed; the returned function removes it. */
  registerHook(tensor: Tensor, hook: GradientHook): () => void;
  /** Makes a non-leaf keep its gradient in `grad`. */
  retainGrad(tensor: Tensor): void;
}

/** The installed recorder; null in programs that only run forward. */
export let recorder: Recorder | null = null;

/** Installs what records ops. Two copies of the autograd package would each see half of the graph: refused. */
export function installRecorder(installed: Recorder): void {
  if (recorder !== null && recorder !== installed) {
    throw new AutogradError('two copies of @gradus/autograd are loaded; dedupe your dependencies so that there is one');
  }
  recorder = installed;
}

/** The installed recorder, or an error that names the missing package. */
export function requireRecorder(what: string): Recorder {
  if (recorder === null) throw new AutogradError(`${what} needs automatic differentiation: import '@gradus/autograd'`);
  return recorder;
}

/** Runs `body` as if no recorder were installed: for writes to parameters and buffers by layers and optimizers. */
export function unrecorded<T>(body: () => T): T {
  const paused = recorder;
  recorder = null;
  try {
    return body();
  } finally {
    recorder = paused;
  }
}
