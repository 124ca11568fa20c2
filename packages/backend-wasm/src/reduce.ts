import {
  forEachBlock,
  keptGrid,
  ProgramCache,
  prefersOuter,
  type ReduceProgram,
  reducedRuns,
  type View,
  withoutCoordinates,
} from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import { elementCost } from './codegen/cost.ts';
import type { Step } from './codegen/operands.ts';
import { type ReduceForm, reduceKernel } from './codegen/reduce-code.ts';
import type { CoordinateMemory } from './coordinates.ts';
import type { Engine } from './engine.ts';
import { convertedUniforms, pointerOf } from './map.ts';
import type { Allocator } from './memory/allocator.ts';
import { writeOperand, writeUniforms } from './memory/arguments.ts';
import { ZEROS } from './memory/regions.ts';

/** A program's code over results [from, to), and what an element costs. */
interface ReduceLoop {
  readonly run: (from: number, to: number, runs: number, rows: number, depth: number) => void;
  readonly cost: number;
}

/** Results are dealt out by so many: what the widest strip of vectors holds. */
const STRIP = 16;

/** Runs Reduce kernels through modules made once per program and way of walking its inputs. */
export class ReduceRunner {
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #coordinates: CoordinateMemory;
  readonly #loops = new ProgramCache<ReduceProgram, ReduceLoop>();

  constructor(engine: Engine, allocator: Allocator, coordinates: CoordinateMemory) {
    this.#engine = engine;
    this.#allocator = allocator;
    this.#coordinates = coordinates;
  }

  run(
    program: ReduceProgram,
    inputs: readonly View[],
    output: View,
    axes: readonly number[],
    uniforms: readonly number[],
    indices?: View,
  ): void {
    const { shape } = (inputs[0] ?? output).layout;
    if (program.usesCoordinates) {
      const { program: plain, axes: counted } = withoutCoordinates(program);
      this.run(plain, [...inputs, ...this.#coordinates.views(shape, counted)], output, axes, uniforms, indices);
      return;
    }
    const views = indices === undefined ? [...inputs, output] : [...inputs, output, indices];
    const pointers = views.map(pointerOf);
    const layouts = views.map((view) => view.layout);
    const kept = keptGrid(shape, layouts, axes);
    const { runs, rows, depth, strides } = reducedRuns(shape, layouts.slice(0, inputs.length), axes);
    const form: ReduceForm = prefersOuter(kept, strides) ? 'outer' : 'inner';
    const [across, along] = form === 'outer' ? [strides, kept.strides] : [kept.strides, strides];
    const loop = this.#loopFor(program, form, along.slice(0, inputs.length), indices !== undefined);
    const { memory } = this.#engine;
    const sizes = views.map((view) => itemSize(view.dtype));
    const cost = loop.cost * rows * depth;
    const split = { total: kept.columns, cost, align: form === 'outer' ? STRIP : 1 };
    const launch = (table: number): void => {
      writeUniforms(memory, views.length, convertedUniforms(program.uniforms, uniforms));
      const words = memory.array('int32') as Int32Array;
      forEachBlock(kept, () => {
        sizes.forEach((size, k) => {
          const pointer = (pointers[k] as number) + (kept.offsets[k] as number) * size;
          const isResult = k >= inputs.length;
          const step = (isResult ? kept.strides : along)[k] as number;
          writeOperand(words, k, pointer, isResult ? 0 : (across[k] as number) * size, step * size);
        });
        this.#engine.parallel(loop.run, split, table, rows, depth);
      });
    };
    if (rows <= 1) return launch(ZEROS);
    this.#allocator.lend(4 * runs.length, (table) => {
      this.#writeRuns(table, runs, sizes.slice(0, inputs.length));
      launch(table);
    });
  }

  /** Each run's start per input, in bytes. */
  #writeRuns(table: number, runs: Int32Array, sizes: readonly number[]): void {
    const words = this.#engine.memory.array('int32');
    for (let i = 0; i < runs.length; i++) {
      words[table / 4 + i] = (runs[i] as number) * (sizes[i % sizes.length] as number);
    }
  }

  #loopFor(program: ReduceProgram, form: ReduceForm, strides: readonly number[], withIndices: boolean): ReduceLoop {
    const steps = strides.length <= MAX_EXACT ? strides.map(stepOf) : strides.map((): Step => 'strided');
    const signature = steps.reduce(
      (code, step) => code * 3 + stepCodes[step],
      (form === 'outer' ? 2 : 4) + Number(withIndices),
    );
    return this.#loops.get(program, signature, () => {
      const source = reduceKernel(program, form, steps, withIndices);
      const run = this.#engine.compile({ reduce: source }).reduce as ReduceLoop['run'];
      return { run, cost: elementCost([program.body], strides.length) };
    });
  }
}

/** Operands whose steps fit a double's integers. */
const MAX_EXACT = 30;

const stepCodes: Readonly<Record<Step, number>> = { still: 0, unit: 1, strided: 2 };

function stepOf(stride: number): Step {
  if (stride === 1) return 'unit';
  return stride === 0 ? 'still' : 'strided';
}
