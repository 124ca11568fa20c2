import { type Entrant, Runner } from './runner.ts';
import type { Workload } from './workload.ts';

export interface RaceOptions {
  /** How often each contender is timed. */
  readonly rounds: number;
  /** About how long one timing takes. */
  readonly milliseconds: number;
  /** Steps before the first timing, for compilers to settle. */
  readonly warmup: number;
}

export interface Result {
  readonly name: string;
  /** Median and smallest time of a step, in milliseconds. */
  readonly median: number;
  readonly best: number;
  /** After the first steps. */
  readonly loss: number;
}

export interface Race {
  readonly workload: Workload;
  readonly results: readonly Result[];
  /** Who couldn't take part, and why. */
  readonly absent: readonly string[];
}

/**
 * Times all contenders on a workload, in turns, so that a change in the machine's speed meets all of them. Throws if they
 * don't compute the same training.
 */
export async function race(workload: Workload, entrants: readonly Entrant[], options: RaceOptions): Promise<Race> {
  const running: { readonly runner: Runner; readonly loss: number; readonly times: number[] }[] = [];
  const absent: string[] = [];
  try {
    for (const entrant of entrants) {
      const runner = new Runner(entrant.name, await entrant.command(workload));
      try {
        running.push({ runner, loss: (await runner.run(COMPARED_STEPS)).loss, times: [] });
      } catch (error) {
        absent.push((error as Error).message);
      }
    }
    assertSameTraining(running.map(({ runner: { name }, loss }) => ({ name, loss })));
    const steps = new Map<Runner, number>();
    for (const { runner } of running) {
      await runner.run(options.warmup);
      const { milliseconds } = await runner.run(10);
      steps.set(runner, Math.max(3, Math.round(options.milliseconds / milliseconds)));
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const { runner, times } of running) times.push((await runner.run(steps.get(runner) as number)).milliseconds);
    }
  } finally {
    await Promise.all(running.map(({ runner }) => runner.stop()));
  }
  const results = running.map(({ runner: { name }, loss, times }) => {
    const sorted = times.toSorted((a, b) => a - b);
    return { name, loss, best: sorted[0] as number, median: sorted[sorted.length >> 1] as number };
  });
  return { workload, results, absent };
}

/** After so many steps the losses have to agree; later, rounding has moved trainings apart. */
const COMPARED_STEPS = 8;

function assertSameTraining(contenders: readonly { readonly name: string; readonly loss: number }[]): void {
  const [first, ...others] = contenders;
  for (const other of others) {
    if (first && Math.abs(other.loss - first.loss) > 1e-4 * Math.abs(first.loss)) {
      throw new Error(`${other.name} trains something else: loss ${other.loss}, ${first.name} has ${first.loss}`);
    }
  }
}
