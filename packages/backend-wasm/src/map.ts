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
import { mapKernel } from './codegen/map-code.ts';
import { withSafePrecision } from './codegen/precision.ts';
import type { CoordinateMemory } from './coordinates.ts';
import type { Engine } from './engine.ts';
import { writeOperand, writeUniforms } from './memory/arguments.ts';
import type { WasmBuffer } from './memory/buffer.ts';

type MapLoop = (rowFrom: number, rowTo: number, columnFrom: number, columnTo: number) => void;

/** Runs Map kernels through modules made once per program and way of walking its operands. */
export class MapRunner {
  readonly #engine: Engine;
  readonly #coordinates: CoordinateMemory;
  readonly #loops = new ProgramCache<MapProgram, MapLoop>();

  constructor(engine: Engine, coordinates: CoordinateMemory) {
    this.#engine = engine;
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
    const loop = this.#loopFor(program, grid);
    const { memory } = this.#engine;
    writeUniforms(memory, views.length, convertedUniforms(program.uniforms, uniforms));
    const words = memory.array('int32') as Int32Array;
    forEachBlock(grid, () => {
      writeGrid(words, grid, pointers, sizes);
      loop(0, grid.rows, 0, grid.columns);
    });
  }

  #loopFor(program: MapProgram, grid: Grid): MapLoop {
    const walks = walksOf(grid);
    const signature = walkSignature(walks);
    return this.#loops.get(program, signature, () => {
      return this.#engine.compile({ map: mapKernel(withSafePrecision(program), walks) }).map as MapLoop;
    });
  }
}

/** The address of a view's storage. Throws a DisposedError once it was released. */
export function pointerOf(view: View): number {
  return (view.storage.handle as WasmBuffer).pointer;
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
