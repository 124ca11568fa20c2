import { type MapKernel, type MapProgram, ProgramCache, type View } from '@gradus/backend';
import { collapse, type Layout, rowMajorStrides } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { mapSource, type Walk } from '../codegen/map-source.ts';
import { pushUniforms } from '../codegen/uniforms.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { workgroupsFor } from './workgroups.ts';

/** Runs Map kernels through pipelines made once per program and way of walking its operands. */
export class MapRunner {
  readonly #queue: CommandQueue;
  readonly #pipelines = new ProgramCache<MapProgram, Pipeline>();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  run({ program, inputs, outputs, uniforms }: MapKernel): void {
    const views = inputs.length === 0 ? outputs : [...inputs, ...outputs];
    const { size } = (outputs[0] as View).layout;
    if (size === 0) return;
    const { buffers, slots } = bindViews(views);
    const { shape, strides } = axesOf(program, views);
    const walks = strides.map((list) => walkOf(shape, list));
    const pipeline = this.#pipelines.get(program, signatureOf(shape.length, walks, slots), () =>
      this.#queue.createPipeline(mapSource(program, shape.length, walks, slots)),
    );
    const params: number[] = [size, ...shape];
    for (let k = 0; k < views.length; k++) {
      params.push((views[k] as View).layout.offset);
      if (walks[k] === 2) params.push(...(strides[k] as readonly number[]));
    }
    pushUniforms(params, program.uniforms, uniforms);
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(size));
  }
}

/** A number per way of walking views that share buffers in some way; exact for up to 12 views of up to 15 axes. */
function signatureOf(rank: number, walks: readonly Walk[], slots: readonly number[]): number {
  let signature = rank;
  for (let k = 0; k < walks.length; k++) {
    signature = (signature * 3 + (walks[k] as Walk)) * (k + 1) + (slots[k] as number);
  }
  return signature;
}

interface Axes {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
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

/** Whether a view stands still, follows the elements' order in memory, or goes by strides. */
function walkOf(shape: readonly number[], strides: readonly number[]): Walk {
  if (strides.every((stride) => stride === 0)) return 0;
  const plain = shape.length === 1 ? UNIT : rowMajorStrides(shape);
  return strides.every((stride, axis) => stride === plain[axis] || shape[axis] === 1) ? 1 : 2;
}
