import {
  expressions as build,
  constant,
  type Expression,
  type MapProgram,
  mapProgram,
  substitute,
  topologicalOrder,
} from '@gradus/backend';

/** Nodes from which on a program counts as a series. */
const LONG = 150;

/**
 * Long programs are series of special functions, in which the roundings of float32 add up and cancellation lays them bare: those
 * are computed in float64 and rounded once. Everything else stays as it is.
 */
export function withSafePrecision(program: MapProgram): MapProgram {
  const order = topologicalOrder(program.outputs);
  if (order.length < LONG || !order.every(isWidenable)) return program;
  const wide = substitute(program.outputs, (node) => (isFloat32(node) ? widened(node) : undefined));
  const outputs = wide.map((output, o) => build.cast(output, (program.outputs[o] as Expression).dtype));
  return mapProgram(program.inputs, program.uniforms, outputs);
}

function isFloat32({ dtype }: Expression): boolean {
  return dtype === 'float32';
}

/** A cast to float32 in the middle of a program is a rounding that was asked for. */
function isWidenable(node: Expression): boolean {
  return node.kind !== 'cast' || !isFloat32(node) || (isLeaf(node.operand) && !isFloat32(node.operand));
}

function isLeaf({ kind }: Expression): boolean {
  return kind === 'input' || kind === 'uniform' || kind === 'constant';
}

/** A leaf's value in float64; operations take the type of their operands. */
function widened(node: Expression): Expression | undefined {
  if (node.kind === 'constant') return constant(node.value, 'float64');
  if (node.kind === 'cast') return build.cast(node.operand, 'float64');
  return isLeaf(node) ? build.cast(node, 'float64') : undefined;
}
