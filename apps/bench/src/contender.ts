import type { Workload } from './workload.ts';

/** One training step: forward, loss, backward, update. Answers how to read the loss, which need not be asked. */
export type Step = () => () => number | Promise<number>;

/** Builds a workload in one framework. */
export type Contender = (workload: Workload) => Step | Promise<Step>;
