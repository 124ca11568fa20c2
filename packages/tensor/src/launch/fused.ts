import { dispatch, type FusedKernel } from '@gradus/backend';
import type { DType, Shape } from '@gradus/storage';
import type { GradientRule } from '../operation.ts';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, commonBackend } from './allocate.ts';

/** Shape and dtype of a result. */
export type Result = readonly [shape: Shape, dtype: DType];

/**
 * One launch of a kernel that brings its decomposition along, recorded as one op with a rule of its own. Not for tensors that a
 * transform takes: callers compose the op of others then.
 */
export function launchFused(
  name: string,
  inputs: readonly Tensor[],
  results: readonly Result[],
  rule: GradientRule,
  kernelOf: (outputs: readonly Tensor[]) => FusedKernel,
): readonly Tensor[] {
  const backend = commonBackend(name, inputs);
  const outputs = results.map(([shape, dtype]) => allocate(backend, shape, dtype));
  if (recorder?.wants(inputs)) recorder.record({ kind: 'custom', name, rule }, inputs, outputs);
  if (outputs.some(({ size }) => size > 0)) dispatch(backend, kernelOf(outputs));
  return outputs;
}
