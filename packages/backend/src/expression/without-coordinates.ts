import { type Expression, input, topologicalOrder } from './expression.ts';
import { type MapProgram, mapProgram, type ReduceProgram, reduceProgram } from './program.ts';
import { substitute } from './substitute.ts';

/**
 * A program whose coordinates became inputs, one more per axis that it reads: 0, 1, 2, ... along that axis and stride 0
 * along the others. So loops know nothing of coordinates, and axes can be merged as for any other input.
 */
export interface WithoutCoordinates<Program> {
  readonly program: Program;
  /** The axis that each added input counts along. */
  readonly axes: readonly number[];
}

const rewritten = new WeakMap<MapProgram | ReduceProgram, WithoutCoordinates<MapProgram | ReduceProgram>>();

export function withoutCoordinates<Program extends MapProgram | ReduceProgram>(
  program: Program,
): WithoutCoordinates<Program> {
  let result = rewritten.get(program);
  if (result === undefined) {
    result = rewrite(program);
    rewritten.set(program, result);
  }
  return result as WithoutCoordinates<Program>;
}

function rewrite(program: MapProgram | ReduceProgram): WithoutCoordinates<MapProgram | ReduceProgram> {
  const roots = program.kind === 'map' ? program.outputs : [program.body];
  const axes = topologicalOrder(roots).flatMap((node) => (node.kind === 'coordinate' ? [node.axis] : []));
  const first = program.inputs.length;
  const replaced = substitute(roots, (node) =>
    node.kind === 'coordinate' ? input(first + axes.indexOf(node.axis), 'int32') : undefined,
  );
  const inputs = [...program.inputs, ...axes.map(() => 'int32' as const)];
  if (program.kind === 'map') return { program: mapProgram(inputs, program.uniforms, replaced), axes };
  const body = replaced[0] as Expression;
  return { program: reduceProgram(inputs, program.uniforms, program.fold, body, program.finish), axes };
}
