import type { MapProgram, Walk } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { type Code, i32, type Local, when } from '../assembler/index.ts';
import type { KernelSource } from '../engine.ts';
import { ElementCode, type Level } from './element.ts';
import type { Emitter } from './emitter.ts';
import { eachBlock, OperandCode, type Step, uniformValue } from './operands.ts';
import { LANES } from './value.ts';

const steps: Readonly<Record<Walk, Step>> = { 0: 'still', 1: 'still', 2: 'unit', 3: 'strided' };
const levels: Readonly<Record<Walk, Level>> = { 0: 0, 1: 1, 2: 2, 3: 2 };

/** What several threads share of a grid. */
export type SplitAxis = 'rows' | 'columns' | 'blocks';

/**
 * A program over a part of a grid: the first two parameters are a range of rows, of columns or of blocks, as `axis` says; those
 * behind are the number of columns, of rows, or the table of the blocks' addresses with the numbers of rows and columns.
 * `walks` are those of the inputs and then of the outputs.
 */
export function mapKernel(program: MapProgram, walks: readonly Walk[], axis: SplitAxis): KernelSource {
  return {
    params: axis === 'blocks' ? ['i32', 'i32', 'i32', 'i32', 'i32'] : ['i32', 'i32', 'i32'],
    write: (emitter) => new MapWriter(emitter, program, walks, axis).write(),
  };
}

type Range = readonly [from: Code, to: Code];

class MapWriter {
  readonly #emitter: Emitter;
  readonly #program: MapProgram;
  readonly #operands: readonly OperandCode[];
  readonly #element: ElementCode;
  readonly #axis: SplitAxis;

  constructor(emitter: Emitter, program: MapProgram, walks: readonly Walk[], axis: SplitAxis) {
    this.#axis = axis;
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
    const [from, to, third, rows, columns] = [0, 1, 2, 3, 4].map((k) => fn.param(k)) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const zero = i32.const(0);
    if (this.#axis === 'rows') this.#part([from.get, to.get], [zero, third.get]);
    else if (this.#axis === 'columns') this.#part([zero, third.get], [from.get, to.get]);
    else {
      eachBlock(this.#emitter, [from, to, third], this.#operands, () =>
        this.#part([zero, rows.get], [zero, columns.get]),
      );
    }
  }

  #part([rowFrom, rowTo]: Range, columns: Range): void {
    const { fn } = this.#emitter;
    for (const { address, rowStep, columnStep } of this.#operands) {
      fn.emit(address.increase(i32.add(i32.mul(rowStep, rowFrom), i32.mul(columnStep, columns[0]))));
    }
    this.#element.emit(0);
    const row = fn.variable('i32', rowFrom);
    fn.while(i32.ltS(row.get, rowTo), () => {
      const starts = this.#operands.map(({ address }) => fn.let(address.get, 'i32'));
      this.#element.emit(1);
      this.#row(columns);
      this.#operands.forEach(({ address, rowStep }, k) => {
        fn.emit(address.set(i32.add(starts[k] as Code, rowStep)));
      });
      fn.emit(row.increase(i32.const(1)));
    });
  }

  #row([from, to]: Range): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', i32.sub(to, from));
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
