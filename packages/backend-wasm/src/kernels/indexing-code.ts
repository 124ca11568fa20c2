import { expressions as build, input, type ScatterCombine } from '@gradus/backend';
import { type DType, itemSize } from '@gradus/storage';
import { type Code, i32, type Local, when } from '../assembler/index.ts';
import { encoded, loadSplat, storeLane } from '../codegen/access.ts';
import { ElementCode } from '../codegen/element.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { SplitAxis } from '../codegen/map-code.ts';
import { type ItemSize, moveElement, moveRow } from '../codegen/move.ts';
import { OperandCode, type Step } from '../codegen/operands.ts';
import { LANES, type Value } from '../codegen/value.ts';
import type { KernelSource } from '../engine.ts';
import { namedParameters } from '../matmul/parameters.ts';
import { operandAt } from '../memory/arguments.ts';

/** What is done with an element and its counterpart where the index points. */
export type IndexingAction = 'gather' | ScatterCombine;

export interface IndexingShape {
  readonly action: IndexingAction;
  readonly dtype: DType;
  /** One index for all columns of a row, or one for each. */
  readonly indices: 'rows' | 'elements';
  /** How the columns of rows lie that go by one index. */
  readonly step: Exclude<Step, 'still'>;
  /** What threads share: nowhere may two of them meet the same element. */
  readonly axis: SplitAxis;
}

/** Operands: what is walked along with the index (a gather's output, a scatter's source), the index, and what it points into. */
const INDEXING_OPERANDS = 3;

/** Where a kernel leaves a word other than 0 when an index was out of range. */
export const OUT_OF_RANGE: number = operandAt(INDEXING_OPERANDS);

/** Parameters: a range of rows or columns, the number of the others, and elements and bytes of a step along the indexed axis. */
const PARAMETERS = ['from', 'to', 'across', 'size', 'stride'] as const;

/** Gathers or scatters over a part of a grid, in row-major order. Indices out of range are left out, and reported. */
export function indexingKernel(shape: IndexingShape): KernelSource {
  return {
    params: PARAMETERS.map(() => 'i32'),
    write: (emitter) => new IndexingWriter(emitter, shape).write(),
  };
}

/** A scatter that computes; the others copy bits. */
type Combine = Exclude<ScatterCombine, 'replace'>;

const combinations: Readonly<Record<Combine, typeof build.add>> = {
  sum: build.add,
  prod: build.mul,
  max: build.max,
  min: build.min,
};

class IndexingWriter {
  readonly #emitter: Emitter;
  readonly #shape: IndexingShape;
  readonly #p: Readonly<Record<(typeof PARAMETERS)[number], Local>>;
  readonly #walked: OperandCode;
  readonly #index: OperandCode;
  readonly #indexed: OperandCode;

  constructor(emitter: Emitter, shape: IndexingShape) {
    const { dtype, indices, step } = shape;
    const steps = indices === 'rows' ? step : 'strided';
    this.#emitter = emitter;
    this.#shape = shape;
    this.#p = namedParameters(emitter.fn, PARAMETERS);
    this.#walked = new OperandCode(emitter, 0, dtype, steps);
    this.#index = new OperandCode(emitter, 1, 'int32', 'strided');
    this.#indexed = new OperandCode(emitter, 2, dtype, steps);
  }

  write(): void {
    const { fn } = this.#emitter;
    const { from, to, across } = this.#p;
    const whole = [i32.const(0), across.get] as const;
    const part = [from.get, to.get] as const;
    const [rows, columns] = this.#shape.axis === 'rows' ? [part, whole] : [whole, part];
    const operands = [this.#walked, this.#index, this.#indexed];
    for (const { address, rowStep, columnStep } of operands) {
      fn.emit(address.increase(i32.add(i32.mul(rowStep, rows[0]), i32.mul(columnStep, columns[0]))));
    }
    const count = fn.let(i32.sub(columns[1], columns[0]), 'i32');
    const row = fn.variable('i32', rows[0]);
    fn.while(i32.ltS(row.get, rows[1]), () => {
      const starts = operands.map(({ address }) => fn.let(address.get, 'i32'));
      if (this.#shape.indices === 'rows') this.#row(count);
      else this.#elements(count);
      operands.forEach(({ address, rowStep }, k) => {
        fn.emit(address.set(i32.add(starts[k] as Code, rowStep)));
      });
      fn.emit(row.increase(i32.const(1)));
    });
  }

  /** Reads the index; `body` is given the address that it leads to. */
  #indexedAt(body: (address: Code) => void): void {
    const { fn } = this.#emitter;
    const at = fn.let(i32.load(this.#index.address.get), 'i32');
    const inside = fn.collect(() =>
      body(fn.let(i32.add(this.#indexed.address.get, i32.mul(at, this.#p.stride.get)), 'i32')),
    );
    fn.emit(when(i32.ltU(at, this.#p.size.get), inside, i32.store(i32.const(OUT_OF_RANGE), i32.const(1))));
  }

  #elements(count: Code): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', count);
    fn.while(rest.get, () => {
      this.#indexedAt((address) => this.#element(address));
      for (const { address, columnStep } of [this.#walked, this.#index, this.#indexed]) {
        fn.emit(address.increase(columnStep));
      }
      fn.emit(rest.increase(i32.const(-1)));
    });
  }

  #element(address: Code): void {
    const { action, dtype } = this.#shape;
    const from = this.#walked.address.get;
    if (isMove(action)) {
      const [to, origin] = action === 'gather' ? [from, address] : [address, from];
      this.#emitter.fn.emit(moveElement(itemSize(dtype) as ItemSize, to, origin));
      return;
    }
    const [old, value] = [address, from].map((at) => loadSplat(this.#emitter, dtype, at)) as [Value, Value];
    const stored = encoded(this.#emitter, dtype, this.#combined(action, old, value));
    this.#emitter.fn.emit(storeLane(dtype, address, stored, 0));
  }

  #row(count: Code): void {
    this.#indexedAt((address) => {
      const { fn } = this.#emitter;
      const { action, step, dtype } = this.#shape;
      const from = this.#walked.address.get;
      if (isMove(action) && step === 'unit') {
        const [to, origin] = action === 'gather' ? [from, address] : [address, from];
        moveRow(this.#emitter, itemSize(dtype) as ItemSize, to, origin, count);
        return;
      }
      fn.emit(this.#indexed.address.set(address));
      if (isMove(action)) this.#moveStrided(count);
      else this.#combineRow(action, count);
    });
  }

  #moveStrided(count: Code): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', count);
    fn.while(rest.get, () => {
      this.#element(this.#indexed.address.get);
      for (const { address, columnStep } of [this.#walked, this.#indexed]) fn.emit(address.increase(columnStep));
      fn.emit(rest.increase(i32.const(-1)));
    });
  }

  /** Four elements of a row at once: they are different ones. */
  #combineRow(combine: Combine, count: Code): void {
    const { fn } = this.#emitter;
    const rest = fn.variable('i32', count);
    const operands = [this.#walked, this.#indexed];
    for (const operand of operands) operand.resetLanes();
    fn.while(i32.gtS(rest.get, i32.const(0)), () => {
      const isPart = i32.ltS(rest.get, i32.const(LANES));
      if (this.#shape.step === 'strided') {
        fn.emit(
          when(
            isPart,
            operands.map((operand) => operand.limitLanes(rest.get)),
          ),
        );
      }
      this.#indexed.store(this.#combined(combine, this.#indexed.load(), this.#walked.load()), rest.get);
      for (const operand of operands) operand.advance(LANES);
      fn.emit(rest.increase(i32.const(-LANES)));
    });
  }

  #combined(combine: Combine, old: Value, value: Value): Value {
    const { dtype } = this.#shape;
    const root = combinations[combine](input(0, dtype), input(1, dtype));
    const element = new ElementCode(this.#emitter, [root], {
      input: (k) => [old, value][k] as Value,
      inputLevel: () => 2,
      uniform: () => {
        throw new TypeError('a combination has no uniforms');
      },
    });
    element.emit(2);
    return element.valueOf(root);
  }
}

function isMove(action: IndexingAction): action is 'gather' | 'replace' {
  return action === 'gather' || action === 'replace';
}
