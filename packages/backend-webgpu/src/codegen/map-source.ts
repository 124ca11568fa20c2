import { type MapProgram, printExpression, topologicalOrder } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { MAP_WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { ElementFunction } from './element-source.ts';
import {
  FOUR,
  type FourView,
  type FourWalk,
  fourParams,
  fourPosition,
  loadFour,
  oneOfFour,
  storeFirst,
  storeFour,
} from './four-access.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { uniformParams } from './uniforms.ts';

/** How single elements of a view are found: one stands for all, element i belongs to result i, or they go by strides. */
export type OneWalk = 'still' | 'along' | 'strided';

/** What the code depends on beside the program: how many axes there are, and the inputs' and then the outputs' walks and slots. */
export interface MapShape<Walk> {
  readonly rank: number;
  readonly walks: readonly Walk[];
  readonly slots: readonly number[];
}

/** An element per invocation. */
export function mapByOnes(program: MapProgram, shape: MapShape<OneWalk>): KernelSource {
  const { rank, walks } = shape;
  const { bindings, inputs, outputs } = viewsOf(program, shape);
  const element = elementOf(program, rank);
  const at = ({ name, walk }: MapView<OneWalk>): string => {
    if (walk === 'strided') return position(name, 'c', rank);
    return walk === 'along' ? `p.${name}At + thread` : `p.${name}At`;
  };
  const loads = inputs.map((view) => loadElement(view.binding, view.dtype, at(view)));
  const stores = outputs.map((view, o) => storeElement(view.binding, view.dtype, at(view), element.value('given', o)));
  return kernel(program, element, {
    bindings,
    workgroup: MAP_WORKGROUP.ones,
    params: [
      ...sizeParams('c', rank),
      ...[...inputs, ...outputs].flatMap(({ name, walk }) => viewParams(name, 'c', walk === 'strided' ? rank : 0)),
    ],
    body: `  if (thread >= p.size) { return; }
${element.rank > 0 || walks.includes('strided') ? coordinates('c', rank, 'thread') : ''}
  let given = ${element.call(loads, (axis) => `c${axis}`)};
${lines(stores)}`,
  });
}

/** Four neighbours along the last axis per invocation. `isRagged`: there is one axis, and the last are fewer. */
export function mapByFours(program: MapProgram, shape: MapShape<FourWalk>, isRagged: boolean): KernelSource {
  const { rank } = shape;
  const { bindings, inputs, outputs } = viewsOf(program, shape);
  const element = elementOf(program, rank);
  const fourOf = (view: MapView<FourWalk>): FourView => ({ ...view, at: fourPosition(view, 'c', rank) });
  const calls = FOUR.map((e) => {
    const values = inputs.map(({ name, walk }) => oneOfFour(name, walk, e));
    return `let given${e} = ${element.call(values, (axis) => (axis < rank - 1 ? `c${axis}` : `c${axis} * 4u + ${e}u`))};`;
  });
  const results = outputs.map((view, o) => [fourOf(view), FOUR.map((e) => element.value(`given${e}`, o))] as const);
  const stores = lines(results.map(([view, values]) => storeFour(view, values)));
  const lastStores = lines(results.map(([view, values]) => storeFirst(view, values, 'count')));
  return kernel(program, element, {
    bindings,
    workgroup: MAP_WORKGROUP.fours,
    params: [
      ...sizeParams('c', rank),
      ...[...inputs, ...outputs].flatMap((view) => [...viewParams(view.name, 'c', 0), ...fourParams(view, 'c', rank)]),
    ],
    body: `  if (thread * 4u >= p.size) { return; }
${coordinates('c', rank, 'thread')}
${lines(inputs.map((view) => `let ${view.name} = ${loadFour(fourOf(view))};`))}
${lines(calls)}
${
  isRagged
    ? `  let count = p.size - thread * 4u;
  if (count >= 4u) {
${stores}
  } else {
${lastStores}
  }`
    : stores
}`,
  });
}

interface MapView<Walk> {
  /** What its parameters start with. */
  readonly name: string;
  readonly binding: Binding;
  readonly dtype: DType;
  readonly walk: Walk;
}

interface MapViews<Walk> {
  readonly bindings: readonly Binding[];
  readonly inputs: readonly MapView<Walk>[];
  readonly outputs: readonly MapView<Walk>[];
}

function viewsOf<Walk extends OneWalk | FourWalk>(
  program: MapProgram,
  { walks, slots }: MapShape<Walk>,
): MapViews<Walk> {
  const first = program.inputs.length;
  const dtypes = [...program.inputs, ...program.outputs.map(({ dtype }) => dtype)];
  const { bindings, of } = bindingsOf(
    dtypes.map((dtype, k) => ({ dtype, written: k >= first, isVector: walks[k] === 'vector' })),
    slots,
  );
  const views = dtypes.map((dtype, k) => ({ name: `v${k}`, binding: of(k), dtype, walk: walks[k] as Walk }));
  return { bindings, inputs: views.slice(0, first), outputs: views.slice(first) };
}

function elementOf(program: MapProgram, rank: number): ElementFunction {
  return new ElementFunction(program.outputs, program, program.usesCoordinates ? rank : 0);
}

function kernel(
  program: MapProgram,
  { declaration }: ElementFunction,
  own: {
    readonly bindings: readonly Binding[];
    readonly workgroup: number;
    readonly params: readonly Param[];
    readonly body: string;
  },
): KernelSource {
  return {
    label: labelOf(program),
    bindings: own.bindings,
    params: [...params('u32', 'size'), ...own.params, ...uniformParams(program.uniforms)],
    workgroup: [own.workgroup, 1, 1],
    declarations: functionsFor(own.body + declaration) + declaration,
    body: own.body,
  };
}

function lines(statements: readonly string[]): string {
  return statements.map((statement) => `  ${statement}`).join('\n');
}

/** What it computes, as far as an error message wants to know. Long programs would take long to print. */
function labelOf({ id, outputs }: MapProgram): string {
  const text = topologicalOrder(outputs).length > 20 ? `program ${id}` : outputs.map(printExpression).join(', ');
  return `map ${text}`;
}
