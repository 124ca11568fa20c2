import type { FactorizationAlgorithm } from '@gradus/backend';
import type { GradientRule } from '../operation.ts';
import { recorder, unrecorded } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { launchFused, type Result } from './fused.ts';
import { transform } from './transform.ts';

/** A factorization of the last axes of its inputs; their batch axes are equal. One tensor per shape and dtype in `results`. */
export function factorize(
  name: string,
  algorithm: FactorizationAlgorithm,
  inputs: readonly Tensor[],
  results: readonly Result[],
  rule: GradientRule,
): readonly Tensor[] {
  if (transform?.takes(inputs)) return transform.factorize(name, algorithm, inputs, results, rule);
  return launchFused(name, inputs, results, rule, (outputs) => {
    return { kind: 'fused', name: 'factorization', algorithm, inputs, outputs };
  });
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
