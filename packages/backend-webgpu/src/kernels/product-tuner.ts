import type { DType } from '@gradus/storage';
import type { OperandType } from '../codegen/operand-source.ts';
import { isSoftware } from '../device/software.ts';
import { dtypeCode } from './lines.ts';
import { alternatives, type Plan, type ProductSizes } from './product-plan.ts';
import { nameOf, type Way, ways } from './product-ways.ts';

/** Where choices are kept from one session to the next; `localStorage` is one. */
export interface TuningStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** A way to be tried: launched so many times in a row, and `tell` wants to know how many nanoseconds that took. */
export interface Trial {
  readonly trial: Way;
  readonly repeats: number;
  tell(nanoseconds: number): void;
}

/** Products of fewer multiplications take about as long any way. */
const LEAST_WORK = 2 ** 20;

/** How often each way is timed; the shortest time counts. */
const ROUNDS = 3;

/** Devices may round their clocks to 65 or 100 microseconds: launches are repeated until they take this many nanoseconds. */
const LONG = 1e6;

const MOST_REPEATS = 64;

/** How much shorter a way must take to replace the planned one. */
const GAIN = 0.95;

/**
 * Finds the fastest way per class of products, by timing some of those that are asked for anyway: nothing waits, and all ways sum
 * in the same order.
 */
export class ProductTuner {
  readonly #store: TuningStore | null;
  readonly #key: string;
  readonly #chosen: Map<number, Way>;
  readonly #tunings = new Map<number, Tuning>();

  /** `key`: what the store calls this device. */
  constructor(store: TuningStore | null, key: string) {
    this.#store = store;
    this.#key = key;
    this.#chosen = restore(store?.getItem(key));
  }

  /** The way that was found best for the class, or one to try, or what was planned. */
  wayFor(productClass: number, sizes: ProductSizes, plan: Plan, canRepeat: boolean): Way | Trial {
    const chosen = this.#chosen.get(productClass);
    if (chosen !== undefined) return chosen;
    const { batch, rows, columns, depth } = sizes;
    if (batch * rows * columns * depth < LEAST_WORK || !canRepeat) return plan.way;
    let tuning = this.#tunings.get(productClass);
    if (tuning === undefined) {
      tuning = new Tuning(sizes, plan, (way) => this.#choose(productClass, way));
      this.#tunings.set(productClass, tuning);
    }
    return tuning.next(sizes) ?? plan.way;
  }

  #choose(productClass: number, way: Way): void {
    this.#chosen.set(productClass, way);
    this.#tunings.delete(productClass);
    const names = [...this.#chosen].map(([one, chosen]) => [one, nameOf(chosen)]);
    try {
      this.#store?.setItem(this.#key, JSON.stringify(Object.fromEntries(names)));
    } catch {
      // A store that is full or closed: the next session finds out for itself.
    }
  }
}

/** A class that is being tuned, on products of the sizes that came first. */
class Tuning {
  readonly #sizes: ProductSizes;
  readonly #done: (way: Way) => void;
  /** Shortest times by way, the planned one first. */
  readonly #times: Map<Way, number>;
  readonly #waiting: Way[] = [];
  #repeats = 0;
  #missing: number;

  constructor(sizes: ProductSizes, plan: Plan, done: (way: Way) => void) {
    const candidates = alternatives(plan, sizes);
    this.#sizes = sizes;
    this.#done = done;
    this.#times = new Map(candidates.map((way) => [way, Number.POSITIVE_INFINITY]));
    this.#missing = candidates.length * ROUNDS;
    // First comes one launch that tells how many it takes to be timed well.
    this.#waiting.push(plan.way);
  }

  next({ batch, rows, columns, depth }: ProductSizes): Trial | null {
    const own = this.#sizes;
    if (batch !== own.batch || rows !== own.rows || columns !== own.columns || depth !== own.depth) return null;
    const way = this.#waiting.pop();
    if (way === undefined) return null;
    if (this.#repeats === 0) return { trial: way, repeats: 1, tell: (nanoseconds) => this.#begin(nanoseconds) };
    return { trial: way, repeats: this.#repeats, tell: (nanoseconds) => this.#take(way, nanoseconds) };
  }

  #begin(nanoseconds: number): void {
    this.#repeats = Math.max(1, Math.min(MOST_REPEATS, Math.ceil(LONG / Math.max(nanoseconds, 1))));
    for (let round = 0; round < ROUNDS; round++) this.#waiting.push(...this.#times.keys());
  }

  #take(way: Way, nanoseconds: number): void {
    this.#times.set(way, Math.min(nanoseconds, this.#times.get(way) as number));
    if (--this.#missing > 0) return;
    const [[planned, usual], ...others] = [...this.#times] as [[Way, number], ...[Way, number][]];
    const best = others.reduce((one, other) => (other[1] < one[1] ? other : one), [planned, GAIN * usual]);
    this.#done(best[0]);
  }
}

interface TuningOptions {
  readonly tune?: boolean;
  readonly tuningStore?: TuningStore;
}

/** The device's tuner; null where nothing is to be tuned, or can't be. */
export function tunerFor(
  device: GPUDevice,
  { tune = !isSoftware(device), tuningStore }: TuningOptions,
): ProductTuner | null {
  if (!tune || !device.features.has('timestamp-query')) return null;
  const { vendor, architecture, device: model, description } = device.adapterInfo;
  return new ProductTuner(
    tuningStore ?? windowStore(),
    `gradus-webgpu products ${vendor} ${architecture} ${model} ${description}`,
  );
}

/** What windows keep; pages without an origin, such as sandboxed frames, refuse it. */
function windowStore(): TuningStore | null {
  const window = globalThis as { readonly document?: object; readonly localStorage?: TuningStore };
  try {
    return window.document === undefined ? null : (window.localStorage ?? null);
  } catch {
    return null;
  }
}

/** A number per class: dtype, how factors lie, and sizes between powers of two. */
export function classOf(dtype: DType, left: OperandType, right: OperandType, sizes: ProductSizes): number {
  const kind = (dtypeCode(dtype) * 8 + layoutCode(left)) * 8 + layoutCode(right);
  const extents = (bits(sizes.rows) * 32 + bits(sizes.columns)) * 32 + bits(sizes.depth);
  return (kind * 32 + bits(sizes.batch)) * 2 ** 15 + extents;
}

function layoutCode({ along, isVector, slides }: OperandType): number {
  return (along === 'depth' ? 1 : 0) + (isVector ? 2 : 0) + (slides.length > 0 ? 4 : 0);
}

function bits(size: number): number {
  return 32 - Math.clz32(size);
}

/** What a store has kept; what it can't have come from this version is left out. */
function restore(text: string | null | undefined): Map<number, Way> {
  const chosen = new Map<number, Way>();
  if (text == null) return chosen;
  try {
    for (const [productClass, name] of Object.entries(JSON.parse(text) as Record<string, string>)) {
      const way = ways.get(name);
      if (way !== undefined) chosen.set(Number(productClass), way);
    }
  } catch {
    // Not written here: it is found again.
  }
  return chosen;
}
