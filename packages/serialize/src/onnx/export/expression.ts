import type { Expression, OpNode, ScalarOpName } from '@gradus/backend';
import { broadcastShapes, isFloat, type Shape, sameShape } from '@gradus/storage';
import { dataTypes } from '../data-type.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { ExportError } from './trace.ts';

/** What an expression reads: values of the graph. */
export interface ExpressionScope {
  readonly op: string;
  readonly inputs: readonly Emitted[];
  readonly uniforms: readonly number[];
  /** Sizes of the axes that coordinates count. */
  readonly shape: Shape;
}

/** A value of the graph, and the shape that it broadcasts from. */
export interface Emitted {
  readonly name: string;
  readonly shape: Shape;
}

/** Writes scalar expressions as elementwise operators. Shared parts are computed once. */
export class ExpressionWriter {
  readonly #builder: GraphBuilder;
  readonly #scope: ExpressionScope;
  readonly #done = new Map<Expression, Emitted>();

  constructor(builder: GraphBuilder, scope: ExpressionScope) {
    this.#builder = builder;
    this.#scope = scope;
  }

  write(node: Expression): Emitted {
    let result = this.#done.get(node);
    if (result === undefined) {
      result = this.#emit(node);
      this.#done.set(node, result);
    }
    return result;
  }

  #emit(node: Expression): Emitted {
    switch (node.kind) {
      case 'input':
        return this.#scope.inputs[node.index] as Emitted;
      case 'uniform':
        return this.#number(this.#scope.uniforms[node.index] as number, node);
      case 'constant':
        return this.#number(node.value, node);
      case 'coordinate':
        return this.#coordinate(node.axis);
      case 'cast':
        return this.#cast(node.operand, node);
      case 'op':
        return isRelu(node) ? this.#node('Relu', [node.operands[2] as Expression]) : this.#op(node);
    }
  }

  #number(value: number, { dtype }: Expression): Emitted {
    return { name: this.#builder.scalar(value, dtype), shape: [] };
  }

  #coordinate(axis: number): Emitted {
    const { shape } = this.#scope;
    const size = shape[axis] as number;
    const own = shape.slice(axis).map((n, i) => (i === 0 ? n : 1));
    return {
      name: this.#builder.integers(
        Array.from({ length: size }, (_, i) => i),
        own,
      ),
      shape: own,
    };
  }

  #cast(operand: Expression, { dtype }: Expression): Emitted {
    if (dataTypes[operand.dtype] === dataTypes[dtype]) return this.write(operand);
    return this.#node('Cast', [operand], { to: dataTypes[dtype] });
  }

  #node(opType: string, operands: readonly Expression[], attributes: Parameters<GraphBuilder['add']>[2] = {}): Emitted {
    return this.#combine(
      opType,
      operands.map((operand) => this.write(operand)),
      attributes,
    );
  }

  #combine(opType: string, values: readonly Emitted[], attributes: Parameters<GraphBuilder['add']>[2] = {}): Emitted {
    const name = this.#builder.add(
      opType,
      values.map((value) => value.name),
      attributes,
    );
    return { name, shape: broadcastShapes(this.#scope.op, ...values.map(({ shape }) => shape)) };
  }

  #op(node: OpNode): Emitted {
    const { op, operands } = node;
    const [a, b] = operands as [Expression, Expression];
    const plain = operatorNames[op];
    const isBool = a.dtype === 'bool';
    if (isBool && logical[op] !== undefined) return this.#logical(node);
    if (plain !== undefined) return this.#node(plain, operands);
    const number = (value: number): Emitted => this.#number(value, a);
    switch (op) {
      case 'ne':
        return this.#combine('Not', [this.#node('Equal', operands)]);
      case 'trunc':
        return this.#combine('Mul', [this.#node('Sign', [a]), this.#combine('Floor', [this.#node('Abs', [a])])]);
      case 'exp2':
        return this.#combine('Pow', [number(2), this.write(a)]);
      case 'expm1':
        return this.#combine('Sub', [this.#node('Exp', [a]), number(1)]);
      case 'log1p':
        return this.#combine('Log', [this.#combine('Add', [this.write(a), number(1)])]);
      case 'log2':
        return this.#combine('Div', [this.#node('Log', [a]), number(Math.LN2)]);
      case 'log10':
        return this.#combine('Div', [this.#node('Log', [a]), number(Math.LN10)]);
      case 'erfc':
        return this.#combine('Sub', [number(1), this.#node('Erf', [a])]);
      case 'mod':
        if (!isFloat(a.dtype)) return this.#node('Mod', operands);
        return this.#combine('Sub', [
          this.write(a),
          this.#combine('Mul', [this.#combine('Floor', [this.#node('Div', operands)]), this.write(b)]),
        ]);
      case 'fmod':
        return this.#node('Mod', operands, { fmod: 1 });
      case 'copysign':
        return this.#combine('Where', [
          this.#combine('Less', [this.write(b), number(0)]),
          this.#combine('Neg', [this.#node('Abs', [a])]),
          this.#node('Abs', [a]),
        ]);
      default:
        throw new ExportError(`exportOnnx: ONNX has no operator for '${op}' (in ${this.#scope.op})`);
    }
  }

  #logical({ op, operands }: OpNode): Emitted {
    const [a, b] = operands as [Expression, Expression];
    if (op === 'xor' && b.kind === 'constant' && b.value === 1) return this.#node('Not', [a]);
    const integers = logical[op] === 'as integers';
    if (!integers) return this.#node(logical[op] as string, operands);
    const [x, y] = operands.map((operand) => this.#node('Cast', [operand], { to: dataTypes.int32 })) as [
      Emitted,
      Emitted,
    ];
    return this.#combine(operatorNames[op] as string, [x, y]);
  }
}

/** Operators of the same meaning. */
const operatorNames: Readonly<Partial<Record<ScalarOpName, string>>> = {
  neg: 'Neg',
  abs: 'Abs',
  sign: 'Sign',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  sqrt: 'Sqrt',
  exp: 'Exp',
  log: 'Log',
  sin: 'Sin',
  cos: 'Cos',
  tan: 'Tan',
  asin: 'Asin',
  acos: 'Acos',
  atan: 'Atan',
  sinh: 'Sinh',
  cosh: 'Cosh',
  tanh: 'Tanh',
  asinh: 'Asinh',
  acosh: 'Acosh',
  atanh: 'Atanh',
  sigmoid: 'Sigmoid',
  erf: 'Erf',
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  pow: 'Pow',
  max: 'Max',
  min: 'Min',
  and: 'BitwiseAnd',
  or: 'BitwiseOr',
  xor: 'BitwiseXor',
  not: 'BitwiseNot',
  eq: 'Equal',
  lt: 'Less',
  le: 'LessOrEqual',
  gt: 'Greater',
  ge: 'GreaterOrEqual',
  select: 'Where',
};

/** What truth values have instead. */
const logical: Readonly<Partial<Record<ScalarOpName, string>>> = {
  and: 'And',
  or: 'Or',
  xor: 'Xor',
  not: 'Not',
  mul: 'And',
  max: 'Or',
  min: 'And',
  lt: 'as integers',
  le: 'as integers',
  gt: 'as integers',
  ge: 'as integers',
};

/** `select(x <= 0, 0, x)`: what `relu` is made of. */
function isRelu({ op, operands, dtype }: OpNode): boolean {
  const [test, zero, x] = operands as [Expression, Expression, Expression];
  return (
    op === 'select' &&
    isFloat(dtype) &&
    zero.kind === 'constant' &&
    zero.value === 0 &&
    test.kind === 'op' &&
    test.op === 'le' &&
    test.operands[0] === x &&
    test.operands[1] === zero
  );
}

/** Whether a value has to be stretched. */
export function isNarrower({ shape }: Emitted, wanted: Shape): boolean {
  return !sameShape(shape, wanted);
}
