import { type MapKernel, type MapProgram, ProgramCache, type View } from '@gradus/backend';
import { collapse, type Layout, rowMajorStrides } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import type { FourWalk } from '../codegen/four-access.ts';
import { mapByFours, mapByOnes, type OneWalk } from '../codegen/map-source.ts';
import { pushUniforms } from '../codegen/uniforms.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { canGoByFours, fourWalkCode, fourWalksOf, pushFour } from './fours.ts';
import { MAP_WORKGROUP, workgroupsFor } from './workgroups.ts';

/**
 * Runs Map kernels through pipelines made once per program and way of walking its operands. An invocation computes four
 * neighbouring elements wherever rows can be cut into fours.
 */
export class MapRunner {
  readonly #queue: CommandQueue;
  readonly #pipelines = new ProgramCache<MapProgram, Pipeline>();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  run({ program, inputs, outputs, uniforms }: MapKernel): void {
    const { layout } = outputs[0] as View;
    if (layout.size === 0) return;
    const views = inputs.length === 0 ? outputs : [...inputs, ...outputs];
    const { buffers, slots } = bindViews(views);
    const places = { ...axesOf(program, views), views, slots };
    const params: number[] = [layout.size, ...places.shape];
    const isByFours = canGoByFours(places.shape);
    const pipeline = isByFours ? this.#byFours(program, places, params) : this.#byOnes(program, places, params);
    pushUniforms(params, program.uniforms, uniforms);
    const groups = isByFours
      ? workgroupsFor(Math.ceil(layout.size / 4), MAP_WORKGROUP.fours)
      : workgroupsFor(layout.size, MAP_WORKGROUP.ones);
    this.#queue.dispatch(pipeline, buffers, params, groups);
  }

  #byOnes(program: MapProgram, { shape, strides, views, slots }: Places, params: number[]): Pipeline {
    const rank = shape.length;
    const walks = strides.map((list) => oneWalkOf(shape, list));
    for (let k = 0; k < views.length; k++) {
      params.push((views[k] as View).layout.offset);
      if (walks[k] === 'strided') params.push(...(strides[k] as readonly number[]));
    }
    return this.#pipelines.get(program, signatureOf(2 * rank, walks.map(oneWalkCode), slots), () =>
      this.#queue.createPipeline(mapByOnes(program, { rank, walks, slots })),
    );
  }

  #byFours(program: MapProgram, { shape, strides, views, slots }: Places, params: number[]): Pipeline {
    const rank = shape.length;
    const walks = fourWalksOf(views, slots, strides);
    const last = shape[rank - 1] as number;
    const isRagged = last % 4 !== 0;
    params[rank] = Math.ceil(last / 4);
    for (let k = 0; k < views.length; k++) {
      pushFour(params, walks[k] as FourWalk, (views[k] as View).layout.offset, strides[k] as readonly number[]);
    }
    const axes = isRagged ? RAGGED : 2 * rank + 1;
    return this.#pipelines.get(program, signatureOf(axes, walks.map(fourWalkCode), slots), () =>
      this.#queue.createPipeline(mapByFours(program, { rank, walks, slots }, isRagged)),
    );
  }
}

/** Stands for one axis whose last four aren't complete: fours have at least one axis. */
const RAGGED = 1;

/** A number per way of walking views that share buffers in some way; exact for up to 12 views of up to 15 axes. */
function signatureOf(axes: number, walks: readonly number[], slots: readonly number[]): number {
  let signature = axes;
  for (let k = 0; k < walks.length; k++) {
    signature = (signature * 3 + (walks[k] as number)) * (k + 1) + (slots[k] as number);
  }
  return signature;
}

function oneWalkCode(walk: OneWalk): number {
  return walk === 'still' ? 0 : walk === 'along' ? 1 : 2;
}

interface Axes {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Where the elements of the views lie. */
interface Places extends Axes {
  readonly views: readonly View[];
  readonly slots: readonly number[];
}

/** As few axes as possible; one where all views are contiguous. Coordinates need all of them. */
function axesOf({ usesCoordinates }: MapProgram, views: readonly View[]): Axes {
  const { shape, size } = (views[views.length - 1] as View).layout;
  const strides = views.map((view) => view.layout.strides);
  if (usesCoordinates) return { shape, strides };
  for (let k = 0; k < views.length; k++) {
    if (!((views[k] as View).layout as Layout).isContiguous) return collapse(shape, strides);
  }
  return { shape: [size], strides: views.map(() => UNIT) };
}

const UNIT: readonly number[] = [1];

function oneWalkOf(shape: readonly number[], strides: readonly number[]): OneWalk {
  if (strides.every((stride) => stride === 0)) return 'still';
  const plain = shape.length === 1 ? UNIT : rowMajorStrides(shape);
  return strides.every((stride, axis) => stride === plain[axis] || shape[axis] === 1) ? 'along' : 'strided';
}
