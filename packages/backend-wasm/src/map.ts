import {
  convert,
  forEachBlock,
  type Grid,
  gridOf,
  type MapProgram,
  ProgramCache,
  type View,
  walkSignature,
  walksOf,
  withoutCoordinates,
} from '@gradus/backend';
import { type DType, itemSize } from '@gradus/storage';
import { forEachTable, hasManyBlocks } from './block-table.ts';
import { elementCost } from './codegen/cost.ts';
import { mapKernel, type SplitAxis } from './codegen/map-code.ts';
import type { CoordinateMemory } from './coordinates.ts';
import type { Engine } from './engine.ts';
import type { Allocator } from './memory/allocator.ts';
import { writeOperand, writeUniforms } from './memory/arguments.ts';
import type { WasmBuffer } from './memory/buffer.ts';
import type { RangeKernel } from './pool/take-chunks.ts';

/** A program's code over a part of a grid, and what an element costs. */
interface MapLoop {
  readonly run: RangeKernel;
  readonly cost: number;
}

/** Runs Map kernels through modules made once per program and way of walking its operands. */
export class MapRunner {
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #coordinates: CoordinateMemory;
  readonly #loops: Readonly<Record<SplitAxis, ProgramCache<MapProgram, MapLoop>>> = {
    rows: new ProgramCache(),
    columns: new ProgramCache(),
    blocks: new ProgramCache(),
  };

  constructor(engine: Engine, allocator: Allocator, coordinates: CoordinateMemory) {
    this.#engine = engine;
    this.#allocator = allocator;
    this.#coordinates = coordinates;
  }

  run(program: MapProgram, inputs: readonly View[], outputs: readonly View[], uniforms: readonly number[]): void {
    const { shape } = (outputs[0] as View).layout;
    if (program.usesCoordinates) {
      const { program: plain, axes } = withoutCoordinates(program);
      this.run(plain, [...inputs, ...this.#coordinates.views(shape, axes)], outputs, uniforms);
      return;
    }
    const views = [...inputs, ...outputs];
    const pointers = views.map(pointerOf);
    const sizes = views.map((view) => itemSize(view.dtype));
    const grid = gridOf(
      shape,
      views.map((view) => view.layout),
    );
    const axis = splitAxisOf(grid);
    const { run, cost } = this.#loopFor(program, grid, axis);
    const { memory } = this.#engine;
    writeUniforms(memory, views.length, convertedUniforms(program.uniforms, uniforms));
    const { rows, columns } = grid;
    if (axis === 'blocks') {
      writeGrid(memory.array('int32') as Int32Array, grid, pointers, sizes);
      forEachTable(grid, pointers, sizes, memory, this.#allocator, (table, total) => {
        this.#engine.parallel(run, { total, cost: cost * rows * columns }, table, rows, columns);
      });
      return;
    }
    const words = memory.array('int32') as Int32Array;
    const split =
      axis === 'rows' ? { total: rows, cost: cost * columns } : { total: columns, cost: cost * rows, align: LINE };
    forEachBlock(grid, () => {
      writeGrid(words, grid, pointers, sizes);
      this.#engine.parallel(run, split, axis === 'rows' ? columns : rows);
    });
  }

  #loopFor(program: MapProgram, grid: Grid, axis: SplitAxis): MapLoop {
    const walks = walksOf(grid);
    return this.#loops[axis].get(program, walkSignature(walks), () => {
      const { map } = this.#engine.compile({ map: mapKernel(program, walks, axis) });
      return { run: map as RangeKernel, cost: elementCost(program.outputs, walks.length) };
    });
  }
}

/** Columns are dealt out by so many elements, so that no two threads write to one cache line. */
const LINE = 64;

/** Rows from which on they are dealt out, however short. */
const MANY_ROWS = 16;

function splitAxisOf(grid: Grid): SplitAxis {
  const { rows, columns } = grid;
  if (hasManyBlocks(grid)) return 'blocks';
  return rows >= MANY_ROWS || rows >= columns ? 'rows' : 'columns';
}

/** The address of a view's storage. Throws a DisposedError once it was released. */
export function pointerOf(view: View): number {
  return (view.storage.handle as WasmBuffer).pointer;
}

/** The address of a view's first element. */
export function addressOf(view: View): number {
  return pointerOf(view) + view.layout.offset * itemSize(view.dtype);
}

/** The launch's numbers as values of the uniforms' dtypes. */
export function convertedUniforms(dtypes: readonly DType[], uniforms: readonly number[]): readonly number[] {
  return uniforms.length === 0 ? uniforms : dtypes.map((dtype, u) => convert(uniforms[u] as number, dtype));
}

function writeGrid(words: Int32Array, grid: Grid, pointers: readonly number[], sizes: readonly number[]): void {
  const { offsets, rowStrides, strides } = grid;
  for (let k = 0; k < pointers.length; k++) {
    const size = sizes[k] as number;
    const pointer = (pointers[k] as number) + (offsets[k] as number) * size;
    writeOperand(words, k, pointer, (rowStrides[k] as number) * size, (strides[k] as number) * size);
  }
}
