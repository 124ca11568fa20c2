import { ProgramCache, type ReduceKernel, type ReduceProgram, topologicalOrder, type View } from '@gradus/backend';
import { collapse } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import type { FourWalk } from '../codegen/four-access.ts';
import { foldFromParts, foldFromViews, type ReduceShape } from '../codegen/reduce-source.ts';
import { pushUniforms } from '../codegen/uniforms.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { fourWalkCode, fourWalksOf, pushFour } from './fours.ts';
import { sharingCode } from './lines.ts';
import { BUSY, FOLD_WORKGROUP, isShared, workgroupsFor } from './workgroups.ts';

/** Elements that a part of a fold has at least. */
const PART = 64;

/**
 * Runs Reduce kernels. Where a fold runs along memory, a workgroup takes a result: its invocations fold every 64th element, or
 * four, then each other's. Where it runs across, an invocation takes a result, so that neighbours read neighbours. Few results of
 * many elements are folded in parts first, and then the parts.
 */
export class ReduceRunner {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #pipelines = new ProgramCache<ReduceProgram, PipelineCache>();

  constructor(queue: CommandQueue, pool: BufferPool) {
    this.#queue = queue;
    this.#pool = pool;
  }

  run(kernel: ReduceKernel): void {
    if (kernel.output.layout.size === 0) return;
    const plan = planOf(kernel, this.#queue);
    if (plan.parts === 1) {
      this.#foldViews(kernel, plan, [...kernel.inputs, ...plan.writes], []);
      return;
    }
    const count = hasIndices(kernel.program, kernel.indices) ? 2 : 1;
    const scratch = Array.from({ length: count }, () => this.#pool.reserve(4 * plan.results * plan.parts));
    this.#foldViews(kernel, plan, kernel.inputs, scratch);
    this.#foldParts(kernel, plan, scratch);
    for (const buffer of scratch) this.#pool.recycle(buffer);
  }

  /** Folds the inputs, to the results among `views`, or to parts of them in `scratch`. */
  #foldViews(kernel: ReduceKernel, plan: Plan, views: readonly View[], scratch: readonly GpuBuffer[]): void {
    const { program, inputs } = kernel;
    const { axes, results, parts, writes } = plan;
    const { buffers, slots } = bindViews(views);
    const strides = inputs.map((_, k) => [
      ...(axes.kept.strides[k] as Strides),
      ...(axes.reduced.strides[k] as Strides),
    ]);
    // What is written is no vector, nor is what lies in the same buffer.
    const walks = fourWalksOf(views, slots, [...strides, ...writes.map(() => [])]);
    const fours = plan.isByFours ? walks.slice(0, inputs.length) : null;
    const shape: ReduceShape = { ...plan.shape, fours };
    const toResults = scratch.length === 0;
    const ranks = [shape.keptRank, shape.reducedRank];
    const key = [toResults ? 0 : 1, ...ranks, wayCode(shape), writes.length, axes.code, sharingCode(slots)];
    const pipeline = this.#pipeline(program, key, () =>
      foldFromViews(program, shape, slots, toResults ? 'results' : 'parts'),
    );
    const params = sizesOf(plan, fours !== null);
    for (const [k, { layout }] of views.entries()) {
      if (k >= inputs.length) params.push(layout.offset, ...(axes.kept.strides[k] as Strides));
      else if (fours === null) params.push(layout.offset, ...(strides[k] as Strides));
      else pushFour(params, fours[k] as FourWalk, layout.offset, strides[k] as Strides);
    }
    pushUniforms(params, program.uniforms, kernel.uniforms);
    const groups = shape.byGroup ? results * parts : workgroupsFor(results * parts);
    this.#queue.dispatch(pipeline, [...buffers, ...scratch], params, groups);
  }

  #foldParts(kernel: ReduceKernel, plan: Plan, scratch: readonly GpuBuffer[]): void {
    const { program } = kernel;
    const { axes, results, parts, writes } = plan;
    const shape: ReduceShape = { ...plan.shape, byGroup: parts > FOLD_WORKGROUP };
    const { buffers, slots } = bindViews(writes);
    const key = [2, shape.keptRank, 0, wayCode(shape), writes.length, axes.code, sharingCode(slots)];
    const pipeline = this.#pipeline(program, key, () => foldFromParts(program, shape, slots));
    const params = [results, parts, parts, 1, ...axes.kept.shape];
    for (const [w, { layout }] of writes.entries()) {
      params.push(layout.offset, ...(axes.kept.strides[kernel.inputs.length + w] as readonly number[]));
    }
    pushUniforms(params, program.uniforms, kernel.uniforms);
    const groups = shape.byGroup ? results : workgroupsFor(results);
    this.#queue.dispatch(pipeline, [...scratch, ...buffers], params, groups);
  }

  #pipeline(program: ReduceProgram, key: readonly number[], source: () => KernelSource): Pipeline {
    const cache = this.#pipelines.get(program, 0, () => new PipelineCache());
    return cache.get(key, () => this.#queue.createPipeline(source()));
  }
}

type Strides = readonly number[];

/** Parameters that hold the sizes of a fold from views; by fours, the depth and the last axis are counted in them. */
function sizesOf({ axes: { kept, reduced }, results, depth, parts }: Plan, isByFours: boolean): number[] {
  if (!isByFours) return [results, depth, Math.ceil(depth / parts), parts, ...kept.shape, ...reduced.shape];
  const last = (reduced.shape.at(-1) as number) / 4;
  return [results, depth / 4, Math.ceil(depth / 4 / parts), parts, ...kept.shape, ...reduced.shape.slice(0, -1), last];
}

/** A number per way of sharing the work, and of reading it. */
function wayCode({ byGroup, fours }: ReduceShape): number {
  const reading = fours === null ? 0 : fours.reduce((code, walk) => 3 * code + fourWalkCode(walk), 1);
  return 2 * reading + (byGroup ? 1 : 0);
}

function hasIndices(program: ReduceProgram, indices: View | undefined): boolean {
  return indices !== undefined || program.fold === 'argmax' || program.fold === 'argmin';
}

/** How a kernel is going to be run. */
interface Plan {
  readonly axes: Axes;
  readonly shape: ReduceShape;
  /** Whether four neighbours of a result's elements are folded together. */
  readonly isByFours: boolean;
  readonly results: number;
  /** Elements per result. */
  readonly depth: number;
  readonly parts: number;
  /** The views that are written. */
  readonly writes: readonly View[];
}

function planOf(kernel: ReduceKernel, { subgroups, isSoftware }: CommandQueue): Plan {
  const { inputs, output, indices } = kernel;
  const axes = axesOf(kernel);
  const results = output.layout.size;
  const depth = axes.reduced.shape.reduce((product, n) => product * n, 1);
  const isAlong = readsAlong(axes, inputs.length);
  const isLong = depth > (isAlong ? FOLD_WORKGROUP : PART * FOLD_WORKGROUP);
  const byGroup = isLong && isShared(results, isSoftware);
  const shape: ReduceShape = {
    keptRank: axes.kept.shape.length,
    reducedRank: axes.reduced.shape.length,
    kept: axes.keptAxes,
    reduced: axes.reducedAxes,
    byGroup,
    fours: null,
    subgroups,
    withIndices: indices !== undefined,
  };
  const parts = partsFor(results, depth, byGroup, isSoftware ? BUSY.software : BUSY.gpu);
  // Where the depth doesn't end with a whole four, neither do its rows begin with one.
  const isByFours = isAlong && (axes.reduced.shape.at(-1) ?? 1) % 4 === 0;
  return {
    axes,
    shape,
    isByFours,
    results,
    depth,
    parts,
    writes: indices === undefined ? [output] : [output, indices],
  };
}

interface AxisGroup {
  readonly shape: readonly number[];
  /** Per view (inputs first), a stride per axis. */
  readonly strides: readonly (readonly number[])[];
}

interface Axes {
  readonly kept: AxisGroup;
  readonly reduced: AxisGroup;
  /** The kernel's axes that the groups' stand for, where coordinates are read; else empty. */
  readonly keptAxes: readonly number[];
  readonly reducedAxes: readonly number[];
  /** A number per choice of axes, where coordinates are read. */
  readonly code: number;
}

function axesOf({ program, inputs, output, axes, indices }: ReduceKernel): Axes {
  const { shape } = (inputs[0] ?? output).layout;
  const all = shape.map((_, axis) => axis);
  const reducedAxes = all.filter((axis) => axes.includes(axis));
  const keptAxes = all.filter((axis) => !axes.includes(axis));
  const views = indices === undefined ? [...inputs, output] : [...inputs, output, indices];
  const group = (list: readonly number[], some: readonly View[]): AxisGroup => ({
    shape: list.map((axis) => shape[axis] as number),
    strides: some.map(({ layout }) => list.map((axis) => layout.strides[axis] as number)),
  });
  const [kept, reduced] = [group(keptAxes, views), group(reducedAxes, inputs)];
  if (readsCoordinates(program)) {
    return { kept, reduced, keptAxes, reducedAxes, code: reducedAxes.reduce((code, axis) => code + 2 ** axis, 1) };
  }
  return {
    kept: collapse(kept.shape, kept.strides),
    reduced: collapse(reduced.shape, reduced.strides),
    keptAxes: [],
    reducedAxes: [],
    code: 0,
  };
}

function readsCoordinates({ usesCoordinates, finish }: ReduceProgram): boolean {
  return usesCoordinates || topologicalOrder([finish]).some(({ kind }) => kind === 'coordinate');
}

/** Whether the folded elements lie closer together than those of neighbouring results. */
function readsAlong({ kept, reduced }: Axes, inputs: number): boolean {
  const cost = ({ strides }: AxisGroup): number =>
    strides.slice(0, inputs).reduce((sum, list) => sum + Math.min(Math.abs(list.at(-1) ?? 0), 32), 0);
  return kept.shape.length === 0 || cost(reduced) <= cost(kept);
}

/** In how many parts to fold each result. */
function partsFor(results: number, depth: number, byGroup: boolean, busy: number): number {
  const wanted = Math.ceil(busy / (byGroup ? results * FOLD_WORKGROUP : results));
  const most = Math.floor(depth / (byGroup ? PART * FOLD_WORKGROUP : PART));
  return Math.max(1, Math.min(wanted, most, 1024));
}
