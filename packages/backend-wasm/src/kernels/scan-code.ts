import type { Expression, ScanOp } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { type Code, i32, i32x4, type Local, when } from '../assembler/index.ts';
import { ElementCode } from '../codegen/element.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { OperandCode, type Step } from '../codegen/operands.ts';
import { kindOf, LANES, type Value, vector } from '../codegen/value.ts';
import type { KernelSource } from '../engine.ts';
import { ScanInput, type ScanProgram, scanProgram } from './scan-program.ts';

/** Vectors of neighbouring lines that are walked at once: a cache line of float32. */
const STRIP = 4;

export interface ScanShape {
  readonly op: ScanOp;
  readonly dtype: DType;
  readonly withIndices: boolean;
  /** How the lines lie beside each other; a single one stands still. */
  readonly step: Step;
}

/**
 * Running folds of lines [from, to), four at once: operands are the input, the output and the indices if any, whose first steps
 * lead along a line, the second to the next one. The third parameter is a line's length, at least 1.
 */
export function scanKernel(shape: ScanShape): KernelSource {
  return { params: ['i32', 'i32', 'i32'], write: (emitter) => new ScanWriter(emitter, shape).write() };
}

class ScanWriter {
  readonly #emitter: Emitter;
  readonly #program: ScanProgram;
  readonly #input: OperandCode;
  readonly #results: readonly OperandCode[];
  readonly #copies: number;
  readonly #place: Local;

  constructor(emitter: Emitter, { op, dtype, withIndices, step }: ScanShape) {
    this.#emitter = emitter;
    this.#program = scanProgram(op, dtype, withIndices);
    this.#input = new OperandCode(emitter, 0, dtype, step);
    this.#results = this.#program.results.map((result, r) => new OperandCode(emitter, r + 1, result.dtype, step));
    this.#copies = step === 'unit' && this.#program.carried.length === 1 ? STRIP : 1;
    this.#place = emitter.fn.local('i32');
  }

  get #operands(): readonly OperandCode[] {
    return [this.#input, ...this.#results];
  }

  write(): void {
    const { fn } = this.#emitter;
    const [from, to] = [fn.param(0), fn.param(1)];
    for (const { address, columnStep } of this.#operands) fn.emit(address.increase(i32.mul(columnStep, from.get)));
    const rest = fn.variable('i32', i32.sub(to.get, from.get));
    if (this.#copies > 1) {
      fn.while(i32.leS(i32.const(this.#copies * LANES), rest.get), () => this.#lines(rest, this.#copies));
    }
    fn.while(i32.gtS(rest.get, i32.const(0)), () => {
      const limits = this.#operands.map((operand) => operand.limitLanes(rest.get));
      fn.emit(when(i32.ltS(rest.get, i32.const(LANES)), limits));
      this.#lines(rest, 1);
    });
  }

  /** So many vectors of lines from their first elements to their last. */
  #lines(rest: Local, copies: number): void {
    const { fn } = this.#emitter;
    const starts = this.#operands.map(({ address }) => fn.let(address.get, 'i32'));
    const { carried } = this.#program;
    const vectors = Array.from({ length: copies }, () => carried.map(({ dtype }) => new Carried(this.#emitter, dtype)));
    fn.emit(this.#place.set(i32.const(0)));
    const step = (values: readonly Expression[]): void => this.#step(vectors, values, rest.get);
    step(carried.map(({ first }) => first));
    fn.while(i32.ltS(this.#place.get, fn.param(2).get), () => step(carried.map(({ next }) => next)));
    this.#operands.forEach((operand, k) => {
      fn.emit(operand.address.set(starts[k] as Code));
      operand.advance(copies * LANES);
    });
    fn.emit(rest.increase(i32.const(-copies * LANES)));
  }

  /** One element of each line: what is carried becomes `values`, and the results are stored. */
  #step(vectors: readonly (readonly Carried[])[], values: readonly Expression[], rest: Code): void {
    const { fn } = this.#emitter;
    for (const carried of vectors) {
      const next = this.#evaluate(values, carried);
      carried.forEach((value, i) => {
        value.set(next[i] as Value);
      });
      this.#evaluate(this.#program.results, carried).forEach((result, r) => {
        this.#results[r]?.store(result, rest);
      });
      if (vectors.length > 1) for (const operand of this.#operands) operand.advance(LANES);
    }
    for (const operand of this.#operands) {
      if (vectors.length > 1) operand.advance(-vectors.length * LANES);
      fn.emit(operand.address.increase(operand.rowStep));
    }
    fn.emit(this.#place.increase(i32.const(1)));
  }

  #evaluate(roots: readonly Expression[], carried: readonly Carried[]): readonly Value[] {
    const element = new ElementCode(this.#emitter, roots, {
      input: (k) => {
        if (k === ScanInput.element) return this.#input.load();
        if (k === ScanInput.place) return vector('i32', i32x4.splat(this.#place.get));
        return (carried[k - ScanInput.carried] as Carried).value;
      },
      inputLevel: () => 2,
      uniform: () => {
        throw new TypeError('a scan has no uniforms');
      },
    });
    element.emit(0);
    element.emit(2);
    return roots.map((root) => element.valueOf(root));
  }
}

/** Four values that are carried from one element to the next. */
class Carried {
  readonly value: Value;
  readonly #emitter: Emitter;
  readonly #parts: readonly Local[];

  constructor(emitter: Emitter, dtype: DType) {
    const kind = kindOf(dtype);
    this.#emitter = emitter;
    this.#parts = Array.from({ length: kind === 'f64' ? 2 : 1 }, () => emitter.fn.local('v128'));
    this.value = { kind, parts: this.#parts.map((part) => part.get) };
  }

  set({ parts }: Value): void {
    this.#parts.forEach((part, i) => {
      this.#emitter.fn.emit(part.set(parts[i] as Code));
    });
  }
}
