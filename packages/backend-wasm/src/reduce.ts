import {
  type Backend,
  forEachBlock,
  type Grid,
  keptGrid,
  ProgramCache,
  prefersOuter,
  type ReduceProgram,
  reducedRuns,
  type View,
  withoutCoordinates,
} from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import { forEachTable, hasManyBlocks } from './block-table.ts';
import { elementCost } from './codegen/cost.ts';
import type { Step } from './codegen/operands.ts';
import { type ReduceForm, reduceKernel } from './codegen/reduce-code.ts';
import type { CoordinateMemory } from './coordinates.ts';
import type { Engine } from './engine.ts';
import { convertedUniforms, pointerOf } from './map.ts';
import type { Allocator } from './memory/allocator.ts';
import { writeOperand, writeUniforms } from './memory/arguments.ts';
import { ZEROS } from './memory/regions.ts';
import type { RangeKernel } from './pool/take-chunks.ts';
import { foldInPieces, foldsInPieces } from './reduce-pieces.ts';

/** A program's code over results or blocks, and what an element costs. */
interface ReduceLoop {
  readonly run: RangeKernel;
  readonly cost: number;
}

/** A launch as kernels see it: addresses and bytes per element of the inputs, the output, and the indices if any. */
interface ReduceLaunch {
  readonly program: ReduceProgram;
  readonly uniforms: readonly number[];
  readonly pointers: readonly number[];
  readonly sizes: readonly number[];
  readonly kept: Grid;
  readonly reduced: ReturnType<typeof reducedRuns>;
  readonly withIndices: boolean;
}

/** Results are dealt out by so many: what the widest strip of vectors holds. */
const STRIP = 16;

/** Runs Reduce kernels through modules made once per program and way of walking its inputs. */
export class ReduceRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #coordinates: CoordinateMemory;
  readonly #loops = new ProgramCache<ReduceProgram, ReduceLoop>();

  constructor(backend: Backend, engine: Engine, allocator: Allocator, coordinates: CoordinateMemory) {
    this.#backend = backend;
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
    const reduced = reducedRuns(shape, layouts.slice(0, inputs.length), axes);
    const { runs, rows, depth, strides } = reduced;
    if (indices === undefined && rows === 1 && output.layout.size === 1 && foldsInPieces(program, depth)) {
      foldInPieces(this.#backend, program, { inputs, strides, depth, output, uniforms });
      return;
    }
    const sizes = views.map((view) => itemSize(view.dtype));
    const launch: ReduceLaunch = {
      program,
      uniforms,
      pointers,
      sizes,
      kept,
      reduced,
      withIndices: indices !== undefined,
    };
    if (rows <= 1) return this.#launch(launch, ZEROS);
    this.#allocator.lend(4 * runs.length, (table) => {
      this.#writeRuns(table, runs, sizes.slice(0, inputs.length));
      this.#launch(launch, table);
    });
  }

  /** Runs the kernel for all results; `runsAt` is the address of the table of runs. */
  #launch({ program, uniforms, pointers, sizes, kept, reduced, withIndices }: ReduceLaunch, runsAt: number): void {
    const { rows, depth, strides } = reduced;
    const { columns } = kept;
    const { memory } = this.#engine;
    const form: ReduceForm = prefersOuter(kept, strides) ? 'outer' : 'inner';
    const [across, along] = form === 'outer' ? [strides, kept.strides] : [kept.strides, strides];
    const inputs = program.inputs.length;
    const inBlocks = hasManyBlocks(kept);
    const loop = this.#loopFor(program, form, along.slice(0, inputs), withIndices, inBlocks);
    const cost = loop.cost * rows * depth;
    const writeOperands = (): void => {
      const words = memory.array('int32') as Int32Array;
      sizes.forEach((size, k) => {
        const pointer = (pointers[k] as number) + (kept.offsets[k] as number) * size;
        const step = ((k < inputs ? along : kept.strides)[k] as number) * size;
        writeOperand(words, k, pointer, k < inputs ? (across[k] as number) * size : 0, step);
      });
    };
    writeUniforms(memory, sizes.length, convertedUniforms(program.uniforms, uniforms));
    if (inBlocks) {
      writeOperands();
      forEachTable(kept, pointers, sizes, memory, this.#allocator, (table, total) => {
        this.#engine.parallel(loop.run, { total, cost: cost * columns }, runsAt, rows, depth, table, columns);
      });
      return;
    }
    const split = { total: columns, cost, align: form === 'outer' ? STRIP : 1 };
    forEachBlock(kept, () => {
      writeOperands();
      this.#engine.parallel(loop.run, split, runsAt, rows, depth);
    });
  }

  /** Each run's start per input, in bytes. */
  #writeRuns(table: number, runs: Int32Array, sizes: readonly number[]): void {
    const words = this.#engine.memory.array('int32');
    for (let i = 0; i < runs.length; i++) {
      words[table / 4 + i] = (runs[i] as number) * (sizes[i % sizes.length] as number);
    }
  }

  #loopFor(
    program: ReduceProgram,
    form: ReduceForm,
    strides: readonly number[],
    withIndices: boolean,
    inBlocks: boolean,
  ): ReduceLoop {
    const steps = strides.length <= MAX_EXACT ? strides.map(stepOf) : strides.map((): Step => 'strided');
    const signature = steps.reduce(
      (code, step) => code * 3 + stepCodes[step],
      8 + 4 * Number(form === 'outer') + 2 * Number(withIndices) + Number(inBlocks),
    );
    return this.#loops.get(program, signature, () => {
      const source = reduceKernel(program, { form, steps, withIndices, inBlocks });
      const run = this.#engine.compile({ reduce: source }).reduce as RangeKernel;
      return { run, cost: elementCost([program.body], strides.length) };
    });
  }
}

/** Operands whose steps fit a double's integers. */
const MAX_EXACT = 28;

const stepCodes: Readonly<Record<Step, number>> = { still: 0, unit: 1, strided: 2 };

function stepOf(stride: number): Step {
  if (stride === 1) return 'unit';
  return stride === 0 ? 'still' : 'strided';
}
