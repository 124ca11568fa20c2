import { Layout, sizeOf } from '@gradus/storage';
import type { FactorizationAlgorithm } from '../fused.ts';
import { forEachPosition, type HostView, reader, writer } from '../host/host-view.ts';
import { onHost } from './on-host.ts';

/** A matrix (or vector, or number) of a batch: float64 values in row-major order. */
export interface Block {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** One block per rank. */
type Blocks<Ranks extends readonly number[]> = { readonly [K in keyof Ranks]: Block };

/**
 * An algorithm on the last axes of its views, how many of each `ranks` says; the axes before them are a batch. `compute` reads
 * blocks and fills others, which hold zeros. It computes in float64, whatever the dtypes: results are rounded once.
 */
export function algorithm<const Inputs extends readonly number[], const Outputs extends readonly number[]>(
  name: string,
  ranks: { readonly inputs: Inputs; readonly outputs: Outputs },
  compute: (inputs: Blocks<Inputs>, outputs: Blocks<Outputs>) => void,
): FactorizationAlgorithm {
  const run = (inputs: readonly HostView[], outputs: readonly HostView[]): void => {
    const sources = inputs.map((view, i) => split(view, ranks.inputs[i] as number));
    const targets = outputs.map((view, i) => split(view, ranks.outputs[i] as number));
    const parts = [...sources, ...targets];
    const blocks = (some: readonly Part[]): readonly Block[] => some.map(({ block }) => block);
    const [given, written] = [blocks(sources), blocks(targets)];
    const batch = (targets[0] as Part).batch;
    forEachPosition(
      batch.shape,
      parts.map((part) => part.batch),
      (positions) => {
        for (const [i, part] of sources.entries()) part.read(positions[i] as number);
        for (const { values } of written) values.fill(0);
        compute(given as Blocks<Inputs>, written as Blocks<Outputs>);
        for (const [i, part] of targets.entries()) part.write(positions[sources.length + i] as number);
      },
    );
  };
  return { name, decompose: (backend, kernel) => onHost(backend, kernel, run) };
}

/** A view as a batch of blocks, with the one that is being worked on. */
interface Part {
  readonly batch: Layout;
  readonly block: Block;
  read(position: number): void;
  write(position: number): void;
}

function split(view: HostView, rank: number): Part {
  const { shape, strides, offset } = view.layout;
  const at = shape.length - rank;
  const inner = shape.slice(at);
  const values = new Float64Array(sizeOf(inner));
  const [get, put] = [reader(view), writer(view)];
  const places = positionsOf(new Layout(inner, strides.slice(at)));
  return {
    batch: new Layout(shape.slice(0, at), strides.slice(0, at), offset),
    block: { shape: inner, values },
    read(position) {
      for (let i = 0; i < places.length; i++) values[i] = get(position + (places[i] as number));
    },
    write(position) {
      for (let i = 0; i < places.length; i++) put(position + (places[i] as number), values[i] as number);
    },
  };
}

/** Where the elements of a layout lie, row-major. */
function positionsOf(layout: Layout): Int32Array {
  const places = new Int32Array(layout.size);
  let at = 0;
  forEachPosition(layout.shape, [layout], ([position]) => {
    places[at++] = position as number;
  });
  return places;
}
