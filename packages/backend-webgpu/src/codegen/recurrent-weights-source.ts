import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';

/**
 * Vectors [depth, columns] of weights [4 width, width] as steps read them, with zeros as padding. A vector is the weights of all gates of
 * one unit, whose terms are the units of the state, or (`perVector` is 4) those of neighbouring units, whose terms are all gates.
 */
export function recurrentWeightsSource(dtype: DType): KernelSource {
  const { bindings, of } = bindingsOf([{ dtype, written: false }], [0]);
  const place = 'p.weightAt + term * p.termStep + unit * p.unitStep + k * p.gateStep';
  const body = `  if (thread >= p.depth * p.columns) { return; }
  let term = thread / p.columns;
  var vector = vec4<f32>();
  for (var k = 0u; k < 4u; k++) {
    let unit = thread % p.columns * p.perVector + k % p.perVector;
    if (term < p.terms && unit < p.width) { vector[k] = ${loadElement(of(0), dtype, place)}; }
  }
  vectors[thread] = vector;`;
  return {
    label: 'recurrent weights',
    bindings: [...bindings, { name: 'vectors', element: 'vec4<f32>', written: true }],
    params: params(
      'u32',
      ...['columns', 'depth', 'width', 'terms', 'perVector'],
      ...['weightAt', 'termStep', 'unitStep', 'gateStep'],
    ),
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
