import type { MapProgram, Walk } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { type Code, i32, when } from '../assembler/index.ts';
import type { KernelSource } from '../engine.ts';
import { ElementCode, type Level } from './element.ts';
import type { Emitter } from './emitter.ts';
import { OperandCode, type Step, uniformValue } from './operands.ts';
import { LANES } from './value.ts';

const steps: Readonly<Record<Walk, Step>> = { 0: 'still', 1: 'still', 2: 'unit', 3: 'strided' };
const levels: Readonly<Record<Walk, Level>> = { 0: 0, 1: 1, 2: 2, 3: 2 };

/** The axis of a grid that several threads share. */
export type SplitAxis = 'rows' | 'columns';

/**
 * A program over a part of a grid: the first two parameters are a range of rows or of columns, as `axis` says, the others
 * one of the other axis. `walks` are those of its inputs and then its outputs.
 */
export function mapKernel(program: MapProgram, walks: readonly Walk[], axis: SplitAxis): KernelSource {
  return {
    params: ['i32', 'i32', 'i32', 'i32'],
    write: (emitter) => new MapWriter(emitter, program, walks, axis).write(),
  };
}

class MapWriter {
  readonly #emitter: Emitter;
  readonly #program: MapProgram;
  readonly #operands: readonly OperandCode[];
  readonly #element: ElementCode;
  readonly #rowRange: readonly [from: Code, to: Code];
  readonly #columnRange: readonly [from: Code, to: Code];

  constructor(emitter: Emitter, program: MapProgram, walks: readonly Walk[], axis: SplitAxis) {
    const [from, to, acrossFrom, acrossTo] = [0, 1, 2, 3].map((k) => emitter.fn.param(k).get) as [
      Code,
      Code,
      Code,
      Code,
    ];
    this.#rowRange = axis === 'rows' ? [from, to] : [acrossFrom, acrossTo];
    this.#columnRange = axis === 'columns' ? [from, to] : [acrossFrom, acrossTo];
    this.#emitter = emitter;
    this.#program = program;
    const dtypes: readonly DType[] = [...program.inputs, ...program.outputs.map((output) => output.dtype)];
    this.#operands = dtypes.map((dtype, k) => new OperandCode(emitter, k, dtype, steps[walks[k] as Walk]));
    this.#element = new ElementCode(emitter, program.outputs, {
      input: (k) => (this.#operands[k] as OperandCode).load(),
      inputLevel: (k) => levels[walks[k] as Walk],
      uniform: (u) => uniformValue(emitter, dtypes.length, u, program.uniforms[u] as DType),
    });
  }

  write(): void {
    const { fn } = this.#emitter;
    const [[rowFrom, rowTo], [columnFrom]] = [this.#rowRange, this.#columnRange];
    for (const { address, rowStep, columnStep } of this.#operands) {
      fn.emit(address.increase(i32.add(i32.mul(rowStep, rowFrom), i32.mul(columnStep, columnFrom))));
    }
    this.#element.emit(0);
    const row = fn.variable('i32', rowFrom);
    fn.while(i32.ltS(row.get, rowTo), () => {
      const starts = this.#operands.map(({ address }) => fn.let(address.get, 'i32'));
      this.#element.emit(1);
      this.#row();
      this.#operands.forEach(({ address, rowStep }, k) => {
        fn.emit(address.set(i32.add(starts[k] as Code, rowStep)));
      });
      fn.emit(row.increase(i32.const(1)));
    });
  }

  #row(): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', i32.sub(this.#columnRange[1], this.#columnRange[0]));
    for (const operand of this.#operands) operand.resetLanes();
    fn.while(i32.gtS(rest.get, i32.const(0)), () => {
      this.#limitLanes(rest.get);
      this.#element.emit(2);
      const inputs = this.#program.inputs.length;
      this.#program.outputs.forEach((root, o) => {
        (this.#operands[inputs + o] as OperandCode).store(this.#element.valueOf(root), rest.get);
      });
      for (const operand of this.#operands) operand.advance(LANES);
      fn.emit(rest.increase(i32.const(-LANES)));
    });
  }

  #limitLanes(rest: Code): void {
    const { fn } = this.#emitter;
    const strided = this.#operands.filter(({ step }) => step === 'strided');
    if (strided.length === 0) return;
    fn.emit(
      when(
        i32.ltS(rest, i32.const(LANES)),
        strided.map((operand) => operand.limitLanes(rest)),
      ),
    );
  }
}
