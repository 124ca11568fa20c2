import { type Expression, type OpNode, operandsOf, type ScalarOpName, topologicalOrder } from '@gradus/backend';
import type { Code } from '../assembler/index.ts';
import { converted } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { floatOperation } from './float-operations.ts';
import { integerOperation, truthOperation } from './integer-operations.ts';
import { choose, compare, constantValue, held, kindOf, type Value, vector } from './value.ts';

/** Where in a nest of loops a value is known: once per launch, once per row, or once per element. */
export type Level = 0 | 1 | 2;

/** The values that expressions start from. */
export interface Leaves {
  input(index: number): Value;
  inputLevel(index: number): Level;
  uniform(index: number): Value;
}

const comparisons = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;

function isComparison(op: ScalarOpName): op is (typeof comparisons)[number] {
  return (comparisons as readonly string[]).includes(op);
}

/** Writes expressions for four elements, level by level: what doesn't change in a loop is computed before it. */
export class ElementCode {
  readonly #emitter: Emitter;
  readonly #leaves: Leaves;
  readonly #order: readonly Expression[];
  readonly #levels = new Map<Expression, Level>();
  #values = new Map<Expression, Value>();

  constructor(emitter: Emitter, roots: readonly Expression[], leaves: Leaves) {
    this.#emitter = emitter;
    this.#leaves = leaves;
    this.#order = topologicalOrder(roots);
    for (const node of this.#order) {
      const own = node.kind === 'input' ? leaves.inputLevel(node.index) : 0;
      const levels = operandsOf(node).map((operand) => this.#levels.get(operand) as Level);
      this.#levels.set(node, Math.max(own, ...levels) as Level);
    }
  }

  /** Nodes of one element, a measure of the code's length. */
  get size(): number {
    return this.#order.length;
  }

  /** Emits what is known at a level. Its values replace those of an earlier call. */
  emit(level: Level): void {
    for (const node of this.#order) {
      if (this.#levels.get(node) === level) this.#values.set(node, held(this.#emitter, this.#write(node)));
    }
  }

  valueOf(root: Expression): Value {
    return this.#values.get(root) as Value;
  }

  #write(node: Expression): Value {
    const operands = operandsOf(node).map((operand) => this.valueOf(operand));
    switch (node.kind) {
      case 'input':
        return this.#leaves.input(node.index);
      case 'uniform':
        return this.#leaves.uniform(node.index);
      case 'constant':
        return constantValue(this.#emitter, kindOf(node.dtype), node.value);
      case 'coordinate':
        throw new TypeError('coordinates are inputs here: see withoutCoordinates');
      case 'cast':
        return converted(this.#emitter, operands[0] as Value, node.operand.dtype, node.dtype);
      case 'op':
        return this.#operation(node, operands);
    }
  }

  #operation(node: OpNode, operands: readonly Value[]): Value {
    const [a, b, c] = operands as [Value, Value, Value];
    if (node.op === 'select') return choose(a.parts[0] as Code, b, c);
    if (isComparison(node.op)) {
      return vector('mask', compare(node.op, (node.operands[0] as Expression).dtype, a, b));
    }
    return operation(this.#emitter, node, operands);
  }
}

/** An arithmetic operation on operands of one kind, held in locals. */
function operation(emitter: Emitter, node: OpNode, operands: readonly Value[]): Value {
  switch ((operands[0] as Value).kind) {
    case 'f32':
    case 'f64':
      return floatOperation(emitter, node, operands);
    case 'i32':
      return integerOperation(emitter, node, operands);
    case 'mask':
      return truthOperation(emitter, node, operands);
  }
}
