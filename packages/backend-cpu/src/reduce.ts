import type { HostView, ReduceProgram } from '@gradus/backend';
import { collapse, type TypedArray } from '@gradus/storage';
import { closureReduce } from './closures/reduce-closure.ts';
import { compileReduce, type ReduceForm } from './codegen/reduce-source.ts';
import { coordinateViews, withoutCoordinates } from './coordinates.ts';
import { forEachBlock, type Grid, stridedGrid } from './grid.ts';

/**
 * A Reduce program over a line of results. Lists have the inputs first, then the output, then the indices if any.
 * Every result folds `rows` runs of `depth` elements; `runs` has each run's start, an offset per input.
 */
export type ReduceLoop = (
  data: readonly TypedArray[],
  offsets: readonly number[],
  keptStrides: readonly number[],
  strides: readonly number[],
  runs: Int32Array,
  uniforms: readonly number[],
  kept: number,
  rows: number,
  depth: number,
) => void;

/** Runs Reduce kernels through loops made once per program and way of walking its inputs. */
export class ReduceRunner {
  readonly #codegen: boolean;
  readonly #loops = new WeakMap<ReduceProgram, Map<number, ReduceLoop>>();

  constructor(codegen: boolean) {
    this.#codegen = codegen;
  }

  run(
    program: ReduceProgram,
    inputs: readonly HostView[],
    output: HostView,
    axes: readonly number[],
    uniforms: readonly number[],
    indices?: HostView,
  ): void {
    const { shape } = (inputs[0] ?? output).layout;
    if (program.usesCoordinates) {
      const { program: plain, axes: counted } = withoutCoordinates(program);
      this.run(plain, [...inputs, ...coordinateViews(shape, counted)], output, axes, uniforms, indices);
      return;
    }
    const results = indices === undefined ? [output] : [output, indices];
    const kept = keptGrid(shape, [...inputs, ...results], axes);
    const { runs, rows, depth, strides } = reducedRuns(shape, inputs, axes);
    const form: ReduceForm = prefersOuter(kept, strides) ? 'outer' : 'inner';
    const walked = form === 'outer' ? kept.strides.slice(0, inputs.length) : strides;
    const loop = this.#loopFor(program, form, walked, indices !== undefined);
    forEachBlock(kept, () =>
      loop(kept.data, kept.offsets, kept.strides, strides, runs, uniforms, kept.columns, rows, depth),
    );
  }

  #loopFor(program: ReduceProgram, form: ReduceForm, walked: readonly number[], withIndices: boolean): ReduceLoop {
    let loops = this.#loops.get(program);
    if (loops === undefined) {
      loops = new Map();
      this.#loops.set(program, loops);
    }
    const unit = walked.map((stride) => stride === 1);
    const signature = unit.reduce(
      (code, is) => code * 2 + Number(is),
      (form === 'outer' ? 2 : 4) + Number(withIndices),
    );
    let loop = loops.get(signature);
    if (loop === undefined) {
      loop = this.#codegen ? compileReduce(program, form, unit, withIndices) : closureReduce(program, withIndices);
      loops.set(signature, loop);
    }
    return loop;
  }
}

/** The results as blocks of one line each: what would be the grid's rows is one more block axis. */
function keptGrid(shape: readonly number[], views: readonly HostView[], axes: readonly number[]): Grid {
  const keptAxes = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const grid = stridedGrid(
    keptAxes.map((axis) => shape[axis] as number),
    views.map((view) => view.data),
    views.map((view) => view.layout.offset),
    views.map((view) => keptAxes.map((axis) => view.layout.strides[axis] as number)),
  );
  return {
    ...grid,
    rows: 1,
    blocks: grid.rows === 1 && grid.blocks.length === 0 ? [] : [...grid.blocks, grid.rows],
  };
}

interface Runs {
  readonly runs: Int32Array;
  readonly rows: number;
  readonly depth: number;
  /** Stride within a run, per input. */
  readonly strides: readonly number[];
}

/** The reduced axes as runs along the innermost of them, in row-major order. */
function reducedRuns(shape: readonly number[], inputs: readonly HostView[], axes: readonly number[]): Runs {
  const sorted = axes.slice().sort((a, b) => a - b);
  const collapsed = collapse(
    sorted.map((axis) => shape[axis] as number),
    inputs.map((view) => sorted.map((axis) => view.layout.strides[axis] as number)),
  );
  const inner = collapsed.shape.length - 1;
  const outer = collapsed.shape.slice(0, Math.max(inner, 0));
  const rows = outer.reduce((product, n) => product * n, 1);
  const runs = new Int32Array(rows * inputs.length);
  for (let row = 0; row < rows; row++) {
    let rest = row;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const n = outer[axis] as number;
      const at = rest % n;
      rest = (rest - at) / n;
      for (let k = 0; k < inputs.length; k++) {
        const place = row * inputs.length + k;
        runs[place] = (runs[place] as number) + at * (collapsed.strides[k]?.[axis] as number);
      }
    }
  }
  const strides = collapsed.strides.map((list) => list[inner] ?? 0);
  return { runs, rows, depth: inner < 0 ? 1 : (collapsed.shape[inner] as number), strides };
}

/** Whether walking along the results touches memory in smaller steps than walking along the folded elements. */
function prefersOuter(kept: Grid, strides: readonly number[]): boolean {
  if (kept.columns < 4) return false;
  const cost = (list: readonly number[]): number =>
    strides.reduce((sum, _, k) => sum + Math.min(Math.abs(list[k] as number), 16), 0);
  return cost(kept.strides) < cost(strides);
}
