import { type Expression, expressions, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { ArgumentError, categoryOf, type DType, DTypeError, dtypes, isFloat, resultType } from '@gradus/storage';
import { casting } from '../../casting.ts';
import { assertFits, map, mapInPlace } from '../../launch/index.ts';
import type { Tensor } from '../../tensor.ts';

/** A JS number or boolean: travels as data, never becomes part of the kernel. */
export type Scalar = number | boolean;

/** What a pointwise op takes: tensors broadcast together, scalars raise the dtype by category only. */
export type Operand = Tensor | Scalar;

/** A pointwise op: a function, and the same op writing into its first operand. */
export interface Pointwise<First, Rest extends readonly (Operand | undefined)[]> {
  (first: First, ...rest: Rest): Tensor;
  inPlace(first: Tensor, ...rest: Rest): Tensor;
}

export type Unary = Pointwise<Tensor, []>;
export type Binary = Pointwise<Operand, [other: Operand]>;
export type Ternary = Pointwise<Operand, [second: Operand, third: Operand]>;

/** The dtype that operands are converted to before the body sees them. */
type ComputeRule = 'promote' | 'first' | 'tensors' | 'float' | 'float64' | 'bool' | 'integral';

interface Options {
  /**
   * Default: the promoted dtype. 'first' is the first operand's, 'tensors' what the tensors promote to; 'float' lifts
   * integers to float32, 'float64' everything; 'bool' converts to truth values.
   */
  readonly compute?: ComputeRule;
  /** The first operand is a condition: bool, and no part of the promotion. */
  readonly condition?: boolean;
  /** Values of trailing operands that a call leaves out. */
  readonly defaults?: readonly Scalar[];
}

/** An expression per operand, in order; how many parameters it names says how many operands the op has. */
type Body = (...operands: [Expression, Expression, Expression, Expression, Expression]) => Expression;

const codes: Readonly<Record<DType, number>> = Object.fromEntries(dtypes.map((dtype, code) => [dtype, code])) as Record<
  DType,
  number
>;
const SCALAR_CODE = 15;

/** Defines a pointwise op by its scalar expression: the one line per op. */
export function pointwise<First extends Operand, Rest extends readonly (Operand | undefined)[]>(
  name: string,
  body: Body,
  options: Options = {},
): Pointwise<First, Rest> {
  const { compute = 'promote', condition = false, defaults = [] } = options;
  const definition: Definition = { name, body, compute, condition, programs: new Map() };
  const complete = (first: Operand, rest: Rest): readonly Operand[] => {
    const given = rest.length === body.length - 1 ? rest : Array.from({ length: body.length - 1 }, (_, i) => rest[i]);
    const missing = body.length - 1 - defaults.length;
    return [first, ...given.map((operand, i) => operand ?? (defaults[i - missing] as Scalar))];
  };
  const op = (first: First, ...rest: Rest): Tensor => apply(definition, complete(first, rest), null);
  return Object.assign(op, {
    inPlace: (first: Tensor, ...rest: Rest) => apply(definition, complete(first, rest), first),
  });
}

export function unary(name: string, body: (x: Expression) => Expression, options?: Options): Unary {
  return pointwise(name, body, options);
}

export function binary(name: string, body: (a: Expression, b: Expression) => Expression, options?: Options): Binary {
  return pointwise(name, body, options);
}

export function ternary(
  name: string,
  body: (a: Expression, b: Expression, c: Expression) => Expression,
  options?: Options,
): Ternary {
  return pointwise(name, body, options);
}

interface Definition {
  readonly name: string;
  readonly body: Body;
  readonly compute: ComputeRule;
  readonly condition: boolean;
  /** By dtype signature: 4 bits per operand, the compute dtype and the target's. */
  readonly programs: Map<number, MapProgram>;
}

function apply(definition: Definition, given: readonly Operand[], target: Tensor | null): Tensor {
  const operands = casting === null ? given : casting.pointwise(definition.name, given);
  const tensors: Tensor[] = [];
  const uniforms: number[] = [];
  let signature = 0;
  for (const operand of operands) {
    if (typeof operand === 'object') {
      tensors.push(operand);
      signature = signature * 16 + codes[operand.dtype];
    } else {
      uniforms.push(Number(operand));
      signature = signature * 16 + SCALAR_CODE;
    }
  }
  if (tensors.length === 0)
    throw new ArgumentError(`${definition.name}: one operand must be a tensor, got ${operands.join(', ')}`);
  const compute = computeDType(definition, operands);
  signature = (signature * 16 + codes[compute]) * 16 + (target === null ? SCALAR_CODE : codes[target.dtype]);
  let program = definition.programs.get(signature);
  if (program === undefined) {
    program = buildProgram(definition, operands, compute, target);
    definition.programs.set(signature, program);
  }
  if (target === null) return map(definition.name, program, tensors, uniforms);
  for (const tensor of tensors) assertFits(definition.name, tensor, target);
  return mapInPlace(definition.name, program, tensors, target, uniforms);
}

function computeDType({ name, compute, condition }: Definition, operands: readonly Operand[]): DType {
  if (compute === 'bool' || compute === 'float64') return compute;
  const dtype = resultType(
    ...operands.filter((operand, i) => {
      if (compute === 'tensors') return typeof operand === 'object';
      return compute === 'first' ? i === 0 : !condition || i > 0;
    }),
  );
  if (compute === 'float') return isFloat(dtype) ? dtype : 'float32';
  if (compute === 'integral' && isFloat(dtype))
    throw new DTypeError(`${name}: needs integer or bool operands, not ${dtype}`);
  return dtype;
}

function buildProgram(
  { name, body, condition }: Definition,
  operands: readonly Operand[],
  compute: DType,
  target: Tensor | null,
): MapProgram {
  const inputs: DType[] = [];
  const uniforms: DType[] = [];
  const leaves = operands.map((operand, i) => {
    const wanted = condition && i === 0 ? 'bool' : compute;
    if (typeof operand === 'object') {
      inputs.push(operand.dtype);
      return expressions.cast(input(inputs.length - 1, operand.dtype), wanted);
    }
    uniforms.push(wanted);
    return uniform(uniforms.length - 1, wanted);
  });
  const result = body(...(leaves as Parameters<Body>));
  if (target === null) return mapProgram(inputs, uniforms, [result]);
  return mapProgram(inputs, uniforms, [expressions.cast(assertCastable(name, result, target.dtype), target.dtype)]);
}

/** An in-place result may be rounded, but not change category downwards: no float into an integer tensor. */
function assertCastable(name: string, result: Expression, target: DType): Expression {
  const rank = { bool: 0, integer: 1, float: 2 };
  if (rank[categoryOf(result.dtype)] > rank[categoryOf(target)]) {
    throw new DTypeError(
      `${name}_: the result is ${result.dtype}, which ${target} can't hold; convert the tensor first`,
    );
  }
  return result;
}
