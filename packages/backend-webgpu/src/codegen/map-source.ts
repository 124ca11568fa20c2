import { type MapProgram, printExpression, topologicalOrder } from '@gradus/backend';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf, type ViewType } from './bound-views.ts';
import { expressionSource } from './expression-source.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { uniformParams, uniformSource } from './uniforms.ts';

/** 0: one element for all; 1: element i for result i; 2: by strides. */
export type Walk = 0 | 1 | 2;

/** A program over all elements, one per invocation; `walks` and `slots` are those of its inputs and then its outputs. */
export function mapSource(
  program: MapProgram,
  rank: number,
  walks: readonly Walk[],
  slots: readonly number[],
): KernelSource {
  const views: readonly ViewType[] = [
    ...program.inputs.map((dtype) => ({ dtype, written: false })),
    ...program.outputs.map(({ dtype }) => ({ dtype, written: true })),
  ];
  const { bindings, of } = bindingsOf(views, slots);
  const at = (k: number): string => {
    if (walks[k] === 0) return `p.v${k}At`;
    return walks[k] === 1 ? `p.v${k}At + thread` : position(`v${k}`, 'c', rank);
  };
  const first = program.inputs.length;
  const { statements, values } = expressionSource(program.outputs, {
    input: (k) => loadElement(of(k), (views[k] as ViewType).dtype, at(k)),
    uniform: uniformSource(program.uniforms),
    // A scalar has an axis 0 to whoever asks.
    coordinate: (axis) => (axis < rank ? `i32(c${axis})` : '0'),
  });
  const stores = program.outputs.map(({ dtype }, o) => {
    return `  ${storeElement(of(first + o), dtype, at(first + o), values[o] as string)}`;
  });
  const needsCoordinates = program.usesCoordinates || walks.includes(2);
  const body = `  if (thread >= p.size) { return; }
${needsCoordinates ? coordinates('c', rank, 'thread') : ''}
${statements}
${stores.join('\n')}`;
  return {
    label: labelOf(program),
    bindings,
    params: [
      ...params('u32', 'size'),
      ...sizeParams('c', rank),
      ...walks.flatMap((walk, k) => viewParams(`v${k}`, 'c', walk === 2 ? rank : 0)),
      ...uniformParams(program.uniforms),
    ],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}

/** What it computes, as far as an error message wants to know. Long programs would take long to print. */
function labelOf({ id, outputs }: MapProgram): string {
  const text = topologicalOrder(outputs).length > 20 ? `program ${id}` : outputs.map(printExpression).join(', ');
  return `map ${text}`;
}
