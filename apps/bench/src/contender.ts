import type { Workload } from './workloads/index.ts';

/** How to read the number that contenders are compared by (a loss, a checksum), which need not be asked. */
type Read = () => number | Promise<number>;

/** What is timed: one training step, one product. */
export type Step = () => Read | Promise<Read>;

/** Builds a workload in one framework. */
export type Contender = (workload: Workload) => Promise<Step>;

/** A framework's builders, one per family of workloads; `Setting` is what else they depend on. */
export type Builders<Setting extends readonly unknown[] = []> = {
  readonly [Family in Workload['family']]: (
    workload: Extract<Workload, { family: Family }>,
    ...setting: Setting
  ) => Step;
};

export function build<Setting extends readonly unknown[]>(
  builders: Builders<Setting>,
  workload: Workload,
  ...setting: Setting
): Step {
  const builder = builders[workload.family] as (workload: Workload, ...setting: Setting) => Step;
  return builder(workload, ...setting);
}
