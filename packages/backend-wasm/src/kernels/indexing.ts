import {
  checked,
  forEachBlock,
  forEachPosition,
  type GatherKernel,
  type Grid,
  type ScatterKernel,
  stridedGrid,
  type View,
} from '@gradus/backend';
import { itemSize, type Layout } from '@gradus/storage';
import type { SplitAxis } from '../codegen/map-code.ts';
import type { Engine } from '../engine.ts';
import { pointerOf } from '../map.ts';
import { writeOperand } from '../memory/arguments.ts';
import { type IndexingShape, indexingKernel, OUT_OF_RANGE } from './indexing-code.ts';

/** Nanoseconds per element: of a row that is copied or combined by vectors, and of one with an index of its own. */
const COST = { rows: 0.3, elements: 1.5 } as const;

/** Columns are dealt out by so many, so that no two threads write to one cache line. */
const LINE = 64;

/** Rows from which on they are dealt out, however short. */
const MANY_ROWS = 16;

/** Gathers and scatters. Duplicates meet in row-major order, on any number of threads. */
export class IndexingRunner {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Throws an IndexError where an index is out of range; what it would have written is left as it was. */
  run(kernel: GatherKernel | ScatterKernel): void {
    const { kind, index, axis } = kernel;
    const [walked, indexed] = kind === 'gather' ? [kernel.output, kernel.source] : [kernel.source, kernel.output];
    const views = [walked, index, indexed];
    const size = indexed.layout.shape[axis] as number;
    const grid = stridedGrid(
      index.layout.shape,
      views.map(({ layout }) => layout.offset),
      [walked.layout.strides, index.layout.strides, stridesAcross(indexed.layout, axis)],
    );
    const shape = shapeOf(kernel, grid);
    const form = [shape.action, shape.dtype, shape.indices, shape.step, shape.axis];
    const loop = this.#engine.kernel('indexing', form, () => ({ indexing: indexingKernel(shape) }));
    const words = this.#engine.memory.array('int32') as Int32Array;
    const flag = OUT_OF_RANGE / 4;
    words[flag] = 0;
    const stride = (indexed.layout.strides[axis] as number) * itemSize(indexed.dtype);
    const { rows, columns } = grid;
    const cost = COST[shape.indices];
    const split =
      shape.axis === 'rows'
        ? { total: rows, cost: cost * columns }
        : { total: columns, cost: cost * rows, align: LINE };
    forEachBlock(grid, () => {
      writeOperands(words, grid, views);
      this.#engine.parallel(loop, split, shape.axis === 'rows' ? columns : rows, size, stride);
    });
    if (words[flag] !== 0) refuse(kind, index.layout, words.subarray(pointerOf(index) / 4), size, axis);
  }
}

function shapeOf(kernel: GatherKernel | ScatterKernel, grid: Grid): IndexingShape {
  const [walked, index, indexed] = grid.strides as [number, number, number];
  const isScatter = kernel.kind === 'scatter';
  // Along the indexed axis itself a row's elements all go to one place, one after the other.
  const isByRows = index === 0 && (indexed !== 0 || !isScatter);
  return {
    action: isScatter ? kernel.combine : 'gather',
    dtype: kernel.output.dtype,
    indices: isByRows ? 'rows' : 'elements',
    step: isByRows && walked === 1 && indexed === 1 ? 'unit' : 'strided',
    axis: splitAxisOf(grid, isScatter),
  };
}

/** Never along the indexed axis where results are combined: that is the one along which they stand still. */
function splitAxisOf({ rows, columns, rowStrides, strides }: Grid, isScatter: boolean): SplitAxis {
  if (isScatter && strides[2] === 0) return 'rows';
  if (isScatter && rowStrides[2] === 0) return 'columns';
  return rows >= MANY_ROWS || rows >= columns ? 'rows' : 'columns';
}

/** The strides with 0 along an axis: those of the lines' starts. */
function stridesAcross({ strides }: Layout, axis: number): readonly number[] {
  return strides.map((stride, i) => (i === axis ? 0 : stride));
}

function writeOperands(words: Int32Array, { offsets, rowStrides, strides }: Grid, views: readonly View[]): void {
  views.forEach((view, k) => {
    const size = itemSize(view.dtype);
    const pointer = pointerOf(view) + (offsets[k] as number) * size;
    writeOperand(words, k, pointer, (rowStrides[k] as number) * size, (strides[k] as number) * size);
  });
}

/** Throws what the first index out of range means. */
function refuse(op: string, layout: Layout, indices: Int32Array, size: number, axis: number): void {
  forEachPosition(layout.shape, [layout], ([at]) => {
    checked(op, indices[at as number] as number, size, axis);
  });
}
