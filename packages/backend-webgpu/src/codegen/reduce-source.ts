import type { ReduceProgram } from '@gradus/backend';
import { FOLD_WORKGROUP, WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf, type ViewType } from './bound-views.ts';
import { ElementFunction } from './element-source.ts';
import { expressionSource } from './expression-source.ts';
import { FoldSource } from './fold-source.ts';
import { FOUR, type FourView, type FourWalk, fourParams, fourPosition, loadFour, oneOfFour } from './four-access.ts';
import { coordinates, position, sizeParams, stepParams, viewParams } from './index-source.ts';
import { uniformParams, uniformSource } from './uniforms.ts';

/** What the code of a fold depends on, beside its program. */
export interface ReduceShape {
  readonly keptRank: number;
  readonly reducedRank: number;
  /** The kernel's axes that kept and reduced ones stand for, where coordinates are read. */
  readonly kept: readonly number[];
  readonly reduced: readonly number[];
  /** Whether a workgroup takes a result, or an invocation. */
  readonly byGroup: boolean;
  /** How four neighbours along the last reduced axis lie, per input, where they are folded together; that axis is counted in fours then. */
  readonly fours: readonly FourWalk[] | null;
  readonly withIndices: boolean;
  /** Whether the device has subgroup operations. */
  readonly subgroups: boolean;
}

/** Elements that are folded before they are added to what was folded before: keeps rounding errors of long sums small. */
const BLOCK = 64;

/** Folds elements of the inputs, to results or to parts of them. */
export function foldFromViews(
  program: ReduceProgram,
  shape: ReduceShape,
  slots: readonly number[],
  target: 'results' | 'parts',
): KernelSource {
  const fold = new FoldSource(program, shape.withIndices);
  const outputs = target === 'results' ? outputViews(program, shape) : [];
  const { keptRank, reducedRank, fours } = shape;
  const inputs = program.inputs.map((dtype, k) => ({ dtype, written: false, isVector: fours?.[k] === 'vector' }));
  const { bindings, of } = bindingsOf([...inputs, ...outputs], slots);
  const body = new ElementFunction([program.body], program, shape.kept.length + shape.reduced.length);
  const views = inputs.map(({ dtype }, k) => ({ name: `x${k}`, binding: of(k), dtype }));
  const element = `${coordinates('r', reducedRank, 'j')}
${fours === null ? foldOne(fold, body, views, shape) : foldFour(fold, body, views, shape, fours)}`;
  const starts = inputs.map((_, k) => `  let x${k}Start = ${position(`x${k}`, 'k', keptRank)};`).join('\n');
  const loop = `${coordinates('k', keptRank, 'result')}
${starts}
${fold.declare()}
${foldLoop(fold, shape.byGroup, element)}`;
  const store = target === 'parts' ? storePart(fold) : storeResult(program, shape, fold, of, inputs.length);
  return kernel(program, shape, fold, body.declaration, loop, store, {
    bindings: target === 'parts' ? [...bindings, ...partBindings(fold, true)] : bindings,
    params: [
      ...sizeParams('k', keptRank),
      ...sizeParams('r', reducedRank),
      ...inputs.flatMap((_, k) => [
        ...viewParams(`x${k}`, 'k', keptRank),
        ...(fours === null
          ? stepParams(`x${k}`, 'r', reducedRank)
          : fourParams({ name: `x${k}`, walk: fours[k] as FourWalk }, 'r', reducedRank)),
      ]),
      ...outputs.flatMap((_, o) => viewParams(`y${o}`, 'k', keptRank)),
    ],
  });
}

/** An input, whose elements for a result start at its name + `Start`. */
type Input = Pick<FourView, 'name' | 'binding' | 'dtype'>;

/** Statements that fold element `j`. */
function foldOne(fold: FoldSource, body: ElementFunction, inputs: readonly Input[], shape: ReduceShape): string {
  const loads = inputs.map(({ name, binding, dtype }) =>
    loadElement(binding, dtype, position(name, 'r', shape.reducedRank, `${name}Start`)),
  );
  return `  let given = ${fold.fromBody(body.call(loads, (axis) => coordinateOf(axis, shape)))};
  ${fold.take('given', 'j')}`;
}

/** Statements that fold the four elements from `4 * j` on. */
function foldFour(
  fold: FoldSource,
  body: ElementFunction,
  inputs: readonly Input[],
  shape: ReduceShape,
  walks: readonly FourWalk[],
): string {
  const last = shape.reduced.at(-1);
  const views = inputs.map((input, k) => {
    const walker = { ...input, walk: walks[k] as FourWalk };
    return { ...walker, at: fourPosition(walker, 'r', shape.reducedRank, `${input.name}Start`) };
  });
  const calls = FOUR.map((e) => {
    const values = views.map(({ name, walk }) => oneOfFour(name, walk, e));
    const call = body.call(values, (axis) => coordinateOf(axis, shape) + (axis === last ? ` * 4u + ${e}u` : ''));
    return `  let given${e} = ${fold.fromBody(call)};`;
  });
  const given = FOUR.map((e) => `given${e}`);
  return `${views.map((view) => `  let ${view.name} = ${loadFour(view)};`).join('\n')}
${calls.join('\n')}
  ${fold.takeFour(given, 'j * 4u')}`;
}

/** What the coordinate along one of the kernel's axes is called. */
function coordinateOf(axis: number, { kept, reduced }: ReduceShape): string {
  return kept.includes(axis) ? `k${kept.indexOf(axis)}` : `r${reduced.indexOf(axis)}`;
}

/** Folds the parts that were folded before, to results. */
export function foldFromParts(program: ReduceProgram, shape: ReduceShape, slots: readonly number[]): KernelSource {
  const fold = new FoldSource(program, shape.withIndices);
  const outputs = outputViews(program, shape);
  const { bindings, of } = bindingsOf(outputs, slots);
  const place = 'j * p.results + result';
  const element = fold.take(`partValues[${place}]`, fold.tracksIndex ? `partIndices[${place}]` : 'j');
  const loop = `${coordinates('k', shape.keptRank, 'result')}
${fold.declare()}
${foldLoop(fold, shape.byGroup, element)}`;
  return kernel(program, shape, fold, '', loop, storeResult(program, shape, fold, of, 0), {
    bindings: [...partBindings(fold, false), ...bindings],
    params: [
      ...sizeParams('k', shape.keptRank),
      ...outputs.flatMap((_, o) => viewParams(`y${o}`, 'k', shape.keptRank)),
    ],
  });
}

function kernel(
  program: ReduceProgram,
  { byGroup, subgroups }: ReduceShape,
  fold: FoldSource,
  functions: string,
  loop: string,
  store: string,
  { bindings, params: own }: { readonly bindings: readonly Binding[]; readonly params: readonly Param[] },
): KernelSource {
  const unit = byGroup ? 'group' : 'thread';
  const body = `  if (${unit} >= p.results * p.parts) { return; }
  let result = ${unit} % p.results;
  let part = ${unit} / p.results;
  let first = part * p.partLength;
  let end = min(first + p.partLength, p.depth);
${loop}
${byGroup ? fold.acrossGroup() : ''}
${byGroup ? '  if (local > 0u) { return; }' : ''}
${store}`;
  const declarations = fold.declarations(byGroup, subgroups) + functions;
  return {
    label: `reduce ${program.fold}`,
    bindings,
    params: [...params('u32', 'results', 'depth', 'partLength', 'parts'), ...own, ...uniformParams(program.uniforms)],
    workgroup: [byGroup ? FOLD_WORKGROUP : WORKGROUP, 1, 1],
    usesSubgroups: byGroup && subgroups && !fold.tracksIndex,
    declarations: functionsFor(body + declarations) + declarations,
    body,
  };
}

/** All elements from `from` on, or those of one invocation of the group, in blocks. */
function foldLoop(fold: FoldSource, byGroup: boolean, element: string): string {
  const [first, step] = byGroup ? ['first + local', FOLD_WORKGROUP] : ['first', 1];
  return `  for (var start = ${first}; start < end; start += ${BLOCK * step}u) {
    ${fold.openBlock()}
    let stop = min(start + ${BLOCK * step}u, end);
    for (var j = start; j < stop; j += ${step}u) {
${element}
    }
    ${fold.closeBlock()}
  }`;
}

function outputViews(program: ReduceProgram, { withIndices }: ReduceShape): readonly ViewType[] {
  const output = { dtype: program.finish.dtype, written: true };
  return withIndices ? [output, { dtype: 'int32', written: true }] : [output];
}

function partBindings(fold: FoldSource, written: boolean): readonly Binding[] {
  const values = { name: 'partValues', element: fold.type, written };
  return fold.tracksIndex ? [values, { name: 'partIndices', element: 'u32', written }] : [values];
}

function storePart(fold: FoldSource): string {
  return `  partValues[${'part * p.results + result'}] = value;
${fold.tracksIndex ? '  partIndices[part * p.results + result] = index;' : ''}`;
}

function storeResult(
  program: ReduceProgram,
  { keptRank, withIndices, kept }: ReduceShape,
  fold: FoldSource,
  of: (view: number) => Binding,
  first: number,
): string {
  const { statements, values } = expressionSource(
    [program.finish],
    {
      input: () => fold.result(),
      uniform: uniformSource(program.uniforms),
      coordinate: (axis) => (kept.includes(axis) ? `i32(k${kept.indexOf(axis)})` : '0'),
    },
    'f',
  );
  const { dtype } = program.finish;
  const lines = [statements, `  ${storeElement(of(first), dtype, position('y0', 'k', keptRank), values[0] as string)}`];
  if (withIndices)
    lines.push(`  ${storeElement(of(first + 1), 'int32', position('y1', 'k', keptRank), fold.indexResult())}`);
  return lines.join('\n');
}
