import { dispatch, type FactorizationAlgorithm } from '@gradus/backend';
import type { DType, Shape } from '@gradus/storage';
import type { GradientRule } from '../operation.ts';
import { recorder, unrecorded } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, commonBackend } from './allocate.ts';
import { transform } from './transform.ts';

/** A factorization of the last axes of its inputs; their batch axes are equal. One tensor per shape and dtype in `results`. */
export function factorize(
  name: string,
  algorithm: FactorizationAlgorithm,
  inputs: readonly Tensor[],
  results: readonly (readonly [shape: Shape, dtype: DType])[],
  rule: GradientRule,
): readonly Tensor[] {
  if (transform?.takes(inputs)) return transform.factorize(name, algorithm, inputs, results, rule);
  const backend = commonBackend(name, inputs);
  const outputs = results.map(([shape, dtype]) => allocate(backend, shape, dtype));
  if (recorder?.wants(inputs)) recorder.record({ kind: 'custom', name, rule }, inputs, outputs);
  if (outputs.some(({ size }) => size > 0)) {
    dispatch(backend, { kind: 'fused', name: 'factorization', algorithm, inputs, outputs });
  }
  return outputs;
}

/** What `compute` makes of the inputs, no views of them, recorded as one op with a rule of its own. */
export function withRule(
  name: string,
  inputs: readonly Tensor[],
  rule: GradientRule,
  compute: () => readonly Tensor[],
): readonly Tensor[] {
  if (transform?.takes(inputs)) return transform.withRule(name, inputs, rule, compute);
  if (!recorder?.wants(inputs)) return compute();
  const outputs = unrecorded(compute);
  recorder.record({ kind: 'custom', name, rule }, inputs, outputs);
  return outputs;
}
