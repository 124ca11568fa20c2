import type { Backend } from '@gradus/backend';
import { AutogradError, type Shape, Storage, select } from '@gradus/storage';
import { keep, Tensor, untrack } from '@gradus/tensor';
import { view } from '@gradus/tensor/launch';

/** What random functions give inside a vmap: an error, the same numbers for every example, or others for each. */
export type Randomness = 'error' | 'same' | 'different';

/**
 * One vmap at work. Its tensors are *batched*: handles that look like one example (shape, strides, and the memory of the
 * first one), each with a *physical* tensor of all examples behind it, whose first axis is the batch. The two share their
 * gradient state and one hold on the memory, which the handle owns.
 */
export class Level {
  readonly size: number;
  readonly randomness: Randomness;
  readonly #physicals = new Map<Tensor, Tensor>();
  /** Memory that is younger than the level: nobody outside has seen it. */
  readonly #own = new WeakSet<Storage<Backend>>();

  constructor(size: number, randomness: Randomness) {
    this.size = size;
    this.randomness = randomness;
  }

  has(x: Tensor): boolean {
    return this.#physicals.has(x);
  }

  /** The tensor of all examples; null where x is one and the same for all. */
  physical(x: Tensor): Tensor | null {
    return this.#physicals.get(x) ?? null;
  }

  /** The tensor of all examples, [batch, ...shape]; one that is the same for all is repeated, without a copy. */
  all(x: Tensor): Tensor {
    return this.physical(x) ?? view(x, { type: 'expand', shape: [this.size, ...x.shape] });
  }

  /** What broadcasts with others of `rank` axes per example: [batch, 1..., ...shape], or the shape that is the same for all. */
  aligned(x: Tensor, rank: number): Tensor {
    const physical = this.physical(x);
    const missing = rank - x.ndim;
    if (physical === null || missing === 0) return physical ?? x;
    return view(physical, { type: 'reshape', shape: [this.size, ...new Array<number>(missing).fill(1), ...x.shape] });
  }

  /** The batched tensor of a physical one, which is the handle's from now on. */
  wrap(physical: Tensor): Tensor {
    const { storage, layout, dtype } = shadow(physical);
    return this.#bind(new Tensor(storage, select(layout, 0, 0), dtype), physical);
  }

  /** Makes an existing handle, whose own memory was given back, a batched tensor. */
  rebind(x: Tensor, physical: Tensor): void {
    const { storage, layout, dtype } = shadow(physical);
    Object.assign(x, { storage, layout: select(layout, 0, 0), dtype, source: null });
    this.#bind(x, physical);
  }

  noteMemory(storage: Storage<Backend>): void {
    this.#own.add(storage);
  }

  owns(x: Tensor): boolean {
    return this.#own.has(x.storage);
  }

  /** Takes the memory of every batched tensor back; what is left of one says so when it is used. */
  end(): void {
    for (const x of this.#physicals.keys()) {
      x.dispose();
      Object.assign(x, { storage: new EndedStorage(x.backend, null, 0), gradient: null });
    }
    this.#physicals.clear();
  }

  #bind(x: Tensor, physical: Tensor): Tensor {
    this.#physicals.set(x, physical);
    x.gradient = physical.gradientState();
    return x;
  }
}

/**
 * A physical tensor belongs to its handle: no scope disposes it, no leak report counts it. One that is a handle of an
 * outer level goes on holding the memory for that level.
 */
function shadow(physical: Tensor): Tensor {
  if (levelOf([physical]) !== null) physical.storage.retain();
  untrack(physical);
  return keep(physical);
}

class EndedStorage extends Storage<Backend> {
  override get handle(): unknown {
    throw new AutogradError('this tensor belongs to a vmap that has ended; return it from the function instead');
  }
}

const levels: Level[] = [];

/** Runs `body` inside a level. */
export function inside<T>(level: Level, body: () => T): T {
  levels.push(level);
  try {
    return body();
  } finally {
    levels.pop();
  }
}

/** All levels at work, the outermost first. */
export function activeLevels(): readonly Level[] {
  return levels;
}

/** The innermost level that one of the tensors is batched at. */
export function levelOf(tensors: readonly Tensor[]): Level | null {
  for (let i = levels.length - 1; i >= 0; i--) {
    const level = levels[i] as Level;
    if (tensors.some((x) => level.has(x))) return level;
  }
  return null;
}

/** The shape of all examples. */
export function withBatch(level: Level, shape: Shape): Shape {
  return [level.size, ...shape];
}
