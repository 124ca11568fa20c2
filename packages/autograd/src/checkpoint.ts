import { AutogradError, type DType, formatShape, type Shape, sameShape } from '@gradus/storage';
import { defaultGenerator, keep, Tensor } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { batching } from './batching.ts';
import { enableGrad, isGradEnabled } from './mode.ts';
import type { Edge } from './node.ts';
import { isUnversioned, type Saved, withEdge } from './saved-tensor.ts';
import { savingBy } from './saving.ts';
import { mapTensors, tensorsOf } from './transforms/tree.ts';

export interface CheckpointOptions {
  /** Give the recomputation the random numbers of the first run, so that dropout agrees. Default true. */
  readonly preserveRngState?: boolean;
}

/**
 * Calls `fn` and keeps none of the tensors that its gradient reads: when backward needs the first of them, `fn` runs
 * again. It must do the same then. Works in every kind of pass (`grad`, `createGraph`), and inside of itself.
 *
 * @see https://pytorch.org/docs/stable/checkpoint.html
 * @see https://arxiv.org/abs/1604.06174
 */
export function checkpoint<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  return checkpointWith({}, fn, ...args);
}

/** `checkpoint` with options. */
export function checkpointWith<Args extends readonly unknown[], Result>(
  options: CheckpointOptions,
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  if (!isGradEnabled()) return fn(...args);
  if (batching?.isBatched(tensorsOf(args))) {
    throw new AutogradError('checkpoint: not inside vmap; put the vmap into the function that is checkpointed');
  }
  const { preserveRngState = true } = options;
  const state = preserveRngState ? defaultGenerator.getState() : null;
  const held = mapTensors(args, hold);
  const frame = new Frame(() => withRngState(state, () => enableGrad(() => fn(...held))), tensorsOf(held));
  try {
    return savingBy(
      (x) => frame.note(x),
      () => fn(...args),
    );
  } finally {
    frame.close();
  }
}

/**
 * Functions one after another, in `segments` checkpoints of as many functions each; the last segment is kept.
 *
 * @see https://pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.checkpoint_sequential
 */
export function checkpointSequential(
  functions: readonly ((x: Tensor) => Tensor)[],
  segments: number,
  input: Tensor,
): Tensor {
  const length = Math.max(1, Math.floor(functions.length / segments));
  const run = (from: number, to?: number) => (x: Tensor) => functions.slice(from, to).reduce((y, fn) => fn(y), x);
  let x = input;
  let start = 0;
  for (; start + length < functions.length && start / length < segments - 1; start += length) {
    x = checkpoint(run(start, start + length), x);
  }
  return run(start)(x);
}

/** Another handle with the same place in the graph, which no scope disposes. */
function hold(x: Tensor): Tensor {
  const held = keep(alias(x));
  held.gradient = x.gradient;
  held.source = x.source;
  return held;
}

function withRngState<T>(state: Uint8Array | null, body: () => T): T {
  if (state === null) return body();
  const now = defaultGenerator.getState();
  defaultGenerator.setState(state);
  try {
    return body();
  } finally {
    defaultGenerator.setState(now);
  }
}

/** What one call of `checkpoint` has to compute again: the tensors that its ops would have saved, in order. */
class Frame {
  readonly #run: () => unknown;
  readonly #held: readonly Tensor[];
  readonly #versions: readonly number[];
  readonly #entries: Entry[] = [];
  #tensors: readonly Tensor[] | null = null;
  #live = 0;

  constructor(run: () => unknown, held: readonly Tensor[]) {
    this.#run = run;
    this.#held = held;
    this.#versions = held.map(({ storage }) => storage.version);
  }

  note({ shape, dtype }: Tensor): Saved {
    const entry = new Entry(this, this.#entries.length, shape, dtype);
    this.#entries.push(entry);
    this.#live++;
    return entry;
  }

  /** After the first run: without anything to compute again nothing is held. */
  close(): void {
    if (this.#live === 0) this.#free();
  }

  tensor(index: number): Tensor {
    this.#tensors ??= this.#recompute();
    return this.#tensors[index] as Tensor;
  }

  release(): void {
    if (--this.#live === 0) this.#free();
  }

  #recompute(): readonly Tensor[] {
    this.#held.forEach(({ storage, shape }, i) => {
      if (isUnversioned(storage) || storage.version === this.#versions[i]) return;
      throw new AutogradError(
        `checkpoint: argument ${i}, ${formatShape(shape)}, was modified in place after the call, so it can't run again; pass a clone`,
      );
    });
    const tensors: Tensor[] = [];
    const collect = (x: Tensor): Saved => {
      const { length } = tensors;
      this.#entries[length]?.assertLike(x);
      tensors.push(keep(alias(x)));
      return { unpack: () => x, release() {} };
    };
    savingBy(collect, this.#run);
    if (tensors.length !== this.#entries.length) {
      throw new AutogradError(
        `checkpoint: the function saved ${this.#entries.length} tensors at first and ${tensors.length} when it ran again; it must do the same`,
      );
    }
    return tensors;
  }

  #free(): void {
    for (const x of [...this.#held, ...(this.#tensors ?? [])]) x.dispose();
    this.#tensors = null;
  }
}

/** The place of a tensor that will be computed again. */
class Entry implements Saved {
  readonly #frame: Frame;
  readonly #index: number;
  readonly #shape: Shape;
  readonly #dtype: DType;
  #released = false;

  constructor(frame: Frame, index: number, shape: Shape, dtype: DType) {
    this.#frame = frame;
    this.#index = index;
    this.#shape = shape;
    this.#dtype = dtype;
  }

  unpack(edge: Edge | null): Tensor {
    if (this.#released) {
      throw new AutogradError(
        'backward went through a checkpoint a second time, but its arguments were freed; pass retainGraph: true the first time',
      );
    }
    const x = this.#frame.tensor(this.#index);
    x.storage.retain();
    return withEdge(new Tensor(x.storage, x.layout, x.dtype), edge);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#frame.release();
  }

  assertLike(x: Tensor): void {
    if (x.dtype === this.#dtype && sameShape(x.shape, this.#shape)) return;
    throw new AutogradError(
      `checkpoint: tensor ${this.#index} was ${this.#dtype} ${formatShape(this.#shape)} at first and ${x.dtype} ${formatShape(x.shape)} when the function ran again; it must do the same`,
    );
  }
}
