import { blocksOf } from '../codegen/recurrence-source.ts';
import { BUSY } from './product-plan.ts';

/** How many sequences there are, and the sizes of the product in every step: columns are vectors of four, all with padding. */
export interface RecurrenceSizes {
  readonly batch: number;
  readonly columns: number;
  readonly depth: number;
}

/** How steps are computed. */
export interface RecurrencePlan {
  /** Rows of a workgroup: 4 or 8. */
  readonly rows: number;
  /** How many workgroups share the columns of some rows: one where a launch has several steps, since it waits for no other. */
  readonly spread: number;
  /** Steps of a launch. */
  readonly steps: number;
}

/**
 * Up to so many bytes of weights, every workgroup reads all of them in every step in less time than launches take to follow each other.
 * A processor that plays a GPU always does: it starts workgroups slowly.
 */
const SMALL: Readonly<Record<'gpu' | 'software', number>> = { gpu: 2 ** 18, software: Number.POSITIVE_INFINITY };

/** Steps of a launch at most: a GPU that is busy with one for seconds is taken for hung. */
const MOST_STEPS = 256;

/** Many steps in a launch, or one that is spread over the GPU; more rows, which spare reading weights, where it stays busy. */
export function planRecurrence({ batch, columns, depth }: RecurrenceSizes, isSoftware: boolean): RecurrencePlan {
  const device = isSoftware ? 'software' : 'gpu';
  const isSmall = 16 * columns * depth <= SMALL[device];
  const spread = isSmall ? 1 : blocksOf(columns);
  const isLarge = batch > 4 && Math.ceil(batch / 8) * spread >= BUSY[device];
  return { rows: isLarge ? 8 : 4, spread, steps: isSmall ? MOST_STEPS : 1 };
}
