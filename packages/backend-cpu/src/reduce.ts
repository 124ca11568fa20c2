import {
  forEachBlock,
  type HostView,
  keptGrid,
  ProgramCache,
  prefersOuter,
  type ReduceProgram,
  reducedRuns,
  withoutCoordinates,
} from '@gradus/backend';
import type { TypedArray } from '@gradus/storage';
import { closureReduce } from './closures/reduce-closure.ts';
import { compileReduce, type ReduceForm } from './codegen/reduce-source.ts';
import { coordinateViews } from './coordinates.ts';

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
  readonly #loops = new ProgramCache<ReduceProgram, ReduceLoop>();

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
    const views = indices === undefined ? [...inputs, output] : [...inputs, output, indices];
    const layouts = views.map((view) => view.layout);
    const kept = keptGrid(shape, layouts, axes);
    const { runs, rows, depth, strides } = reducedRuns(shape, layouts.slice(0, inputs.length), axes);
    const form: ReduceForm = prefersOuter(kept, strides) ? 'outer' : 'inner';
    const walked = form === 'outer' ? kept.strides.slice(0, inputs.length) : strides;
    const loop = this.#loopFor(program, form, walked, indices !== undefined);
    const data = views.map((view) => view.data);
    forEachBlock(kept, () =>
      loop(data, kept.offsets, kept.strides, strides, runs, uniforms, kept.columns, rows, depth),
    );
  }

  #loopFor(program: ReduceProgram, form: ReduceForm, walked: readonly number[], withIndices: boolean): ReduceLoop {
    const unit = walked.map((stride) => stride === 1);
    const signature = unit.reduce(
      (code, is) => code * 2 + Number(is),
      (form === 'outer' ? 2 : 4) + Number(withIndices),
    );
    return this.#loops.get(program, signature, () => {
      return this.#codegen ? compileReduce(program, form, unit, withIndices) : closureReduce(program, withIndices);
    });
  }
}
