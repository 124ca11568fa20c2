import {
  forEachBlock,
  type Grid,
  gridOf,
  type HostView,
  type MapProgram,
  ProgramCache,
  walkSignature,
  walksOf,
  withoutCoordinates,
} from '@gradus/backend';
import type { TypedArray } from '@gradus/storage';
import { closureMap } from './closures/map-closure.ts';
import { compileMap } from './codegen/map-source.ts';
import { coordinateViews } from './coordinates.ts';

/** A Map program over the rows and columns of a grid; lists have the inputs first, then the outputs. */
export type MapLoop = (
  data: readonly TypedArray[],
  offsets: readonly number[],
  rowStrides: readonly number[],
  strides: readonly number[],
  uniforms: readonly number[],
  rows: number,
  columns: number,
) => void;

/** Runs Map kernels through loops made once per program and way of walking its operands. */
export class MapRunner {
  readonly #codegen: boolean;
  readonly #loops = new ProgramCache<MapProgram, MapLoop>();

  constructor(codegen: boolean) {
    this.#codegen = codegen;
  }

  run(
    program: MapProgram,
    inputs: readonly HostView[],
    outputs: readonly HostView[],
    uniforms: readonly number[],
  ): void {
    const { shape } = (outputs[0] as HostView).layout;
    if (program.usesCoordinates) {
      const { program: plain, axes } = withoutCoordinates(program);
      this.run(plain, [...inputs, ...coordinateViews(shape, axes)], outputs, uniforms);
      return;
    }
    const views = [...inputs, ...outputs];
    const grid = gridOf(
      shape,
      views.map((view) => view.layout),
    );
    const loop = this.#loopFor(program, grid);
    const data = views.map((view) => view.data);
    const { offsets, rowStrides, strides, rows, columns } = grid;
    forEachBlock(grid, () => loop(data, offsets, rowStrides, strides, uniforms, rows, columns));
  }

  #loopFor(program: MapProgram, grid: Grid): MapLoop {
    const walks = walksOf(grid);
    const signature = walkSignature(walks);
    return this.#loops.get(program, signature, () => {
      return this.#codegen ? compileMap(program, walks) : closureMap(program);
    });
  }
}
