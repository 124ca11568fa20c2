import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';

/**
 * The weights of four gates, [4 width, width], as vectors [depth, columns] of a weight per gate, with zeros as padding. `termStep` and
 * `unitStep` are the weight's strides in its order, or exchanged for its transpose.
 */
export function gateWeightsSource(dtype: DType): KernelSource {
  const { bindings, of } = bindingsOf([{ dtype, written: false }], [0]);
  const gates = [0, 1, 2, 3].map((gate) => loadElement(of(0), dtype, `at + ${gate}u * p.gateStep`));
  const body = `  if (thread >= p.depth * p.columns) { return; }
  let term = thread / p.columns;
  let unit = thread % p.columns;
  var gates = vec4<f32>();
  if (term < p.width && unit < p.width) {
    let at = p.weightAt + term * p.termStep + unit * p.unitStep;
    gates = vec4<f32>(${gates.join(', ')});
  }
  vectors[thread] = gates;`;
  return {
    label: 'weights of gates',
    bindings: [...bindings, { name: 'vectors', element: 'vec4<f32>', written: true }],
    params: params('u32', 'width', 'columns', 'depth', 'weightAt', 'gateStep', 'termStep', 'unitStep'),
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
