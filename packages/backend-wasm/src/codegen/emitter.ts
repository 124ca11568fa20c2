import { applyOp, type OpNode } from '@gradus/backend';
import { BackendError } from '@gradus/storage';
import { type Code, call, type FunctionBuilder, f32x4, f64x2, type ImportedFunction } from '../assembler/index.ts';

/** JavaScript functions that a module calls for single numbers. */
export class Imports {
  readonly functions: ImportedFunction[] = [];
  readonly implementations: Record<string, (a: number, b: number, c: number) => number> = {};

  /** Index of the function that computes the node's operation on numbers of its dtypes. */
  indexOf(node: OpNode): number {
    const name = `${node.op}:${node.dtype}`;
    const at = this.functions.findIndex((imported) => imported.name === name);
    if (at >= 0) return at;
    this.implementations[name] = (a, b, c) => applyOp(node, a, b, c);
    return this.functions.push({ name, params: node.operands.map(() => 'f64'), results: ['f64'] }) - 1;
  }
}

/** What code is written for: a module's functions, by name and in order, its imports, and whether it may use relaxed SIMD. */
export interface Target {
  readonly functions: readonly string[];
  readonly imports: Imports;
  readonly relaxedSimd: boolean;
}

/** What code for vectors is written into: a function, its module, and the instructions that may be used. */
export class Emitter {
  readonly fn: FunctionBuilder;
  readonly #target: Target;

  constructor(fn: FunctionBuilder, target: Target) {
    this.fn = fn;
    this.#target = target;
  }

  /** a * b + c in f32x4. */
  madd32(a: Code, b: Code, c: Code): Code {
    return this.#target.relaxedSimd ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  }

  /** a * b + c in f64x2. */
  madd64(a: Code, b: Code, c: Code): Code {
    return this.#target.relaxedSimd ? f64x2.relaxedMadd(a, b, c) : f64x2.add(f64x2.mul(a, b), c);
  }

  /** Horner's rule in f32x4, coefficients from the highest power down. `x` is a local. */
  polynomial32(x: Code, coefficients: readonly number[]): Code {
    const [first, ...rest] = coefficients.map((value) => this.fn.f32(value)) as [Code, ...Code[]];
    return rest.reduce((sum, coefficient) => this.madd32(sum, x, coefficient), first);
  }

  /** Horner's rule in f64x2. */
  polynomial64(x: Code, coefficients: readonly number[]): Code {
    const [first, ...rest] = coefficients.map((value) => this.fn.f64(value)) as [Code, ...Code[]];
    return rest.reduce((sum, coefficient) => this.madd64(sum, x, coefficient), first);
  }

  /** The node's operation on single numbers, by the function that defines it. */
  callScalar(node: OpNode, operands: readonly Code[]): Code {
    return call(this.#target.imports.indexOf(node), operands);
  }

  /** Another function of the module, which has no imports. */
  call(name: string, operands: readonly Code[]): Code {
    const index = this.#target.functions.indexOf(name);
    if (index < 0) throw new BackendError(`wasm: the module has no function ${name}`);
    return call(index, operands);
  }
}
