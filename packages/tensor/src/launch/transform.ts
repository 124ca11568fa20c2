import type { Backend } from '@gradus/backend';
import type { DType, Shape, Storage } from '@gradus/storage';
import type { Tensor } from '../tensor.ts';
import type * as launch from './index.ts';

/** Every function through which a tensor can be read by another one. */
type Launches = Pick<
  typeof launch,
  | 'alias'
  | 'cat'
  | 'convolve'
  | 'factorize'
  | 'gather'
  | 'map'
  | 'mapInPlace'
  | 'mapMany'
  | 'matmul'
  | 'maxPool'
  | 'place'
  | 'reduce'
  | 'reduceWithIndices'
  | 'scan'
  | 'scatterInPlace'
  | 'softmax'
  | 'sort'
  | 'split'
  | 'updateInPlace'
  | 'view'
  | 'withRule'
>;

/**
 * What gives launches another meaning for tensors of its own, as vmap does for those that stand for many: a launch with
 * one of them among its operands is handed to the function of the same name here.
 */
export interface LaunchTransform extends Launches {
  takes(tensors: readonly Tensor[]): boolean;
  /** `x.to(backend)`. */
  move(x: Tensor, backend: Backend): Tensor;
  /** New random numbers; null where they are to be drawn as always. */
  draw(shape: Shape, dtype: DType, backend: Backend, draw: (count: number) => ArrayLike<number>): Tensor | null;
  /** The tensor of all examples behind one of the transform's. */
  all(x: Tensor): Tensor;
  /** Throws: the tensor has no values that the host could read. */
  refuseRead(x: Tensor): never;
}

/** The transform at work; null nearly always. */
export let transform: LaunchTransform | null = null;

/** Starts a transform, or ends it. */
export function setTransform(next: LaunchTransform | null): void {
  transform = next;
}

/** The tensor that can be read for one that may stand for many: it has their axes in front. */
export function readable(x: Tensor): Tensor {
  return transform?.takes([x]) ? readable(transform.all(x)) : x;
}

type Watcher = (storage: Storage<Backend>) => void;

/** Told of all new memory; null nearly always. */
export let watcher: Watcher | null = null;

/** Runs `body` and tells `added`, beside those who are told already, of the memory that is allocated meanwhile. */
export function watchAllocations<T>(added: Watcher, body: () => T): T {
  const outer = watcher;
  watcher = (storage) => {
    outer?.(storage);
    added(storage);
  };
  try {
    return body();
  } finally {
    watcher = outer;
  }
}

/** Whether the host can read the tensor's values without waiting. */
export function isReadable(x: Tensor): boolean {
  return x.backend.downloadSync !== undefined && !transform?.takes([x]);
}
