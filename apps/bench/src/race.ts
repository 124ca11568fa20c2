import { type Entrant, type Launches, type Measurement, Runner } from './runner.ts';
import type { Workload } from './workloads/index.ts';

export interface RaceOptions {
  /** How often each contender is timed. */
  readonly rounds: number;
  /** About how long one timing takes, in milliseconds. */
  readonly milliseconds: number;
  /** About how long each contender runs before its first timing, for compilers to settle, in milliseconds. */
  readonly warmup: number;
  /** Who needs longer for a step doesn't take part, in milliseconds. */
  readonly patience: number;
}

export interface Result {
  readonly name: string;
  /** Median and smallest time of a step, in milliseconds. */
  readonly median: number;
  readonly best: number;
  /** What contenders are compared by: the loss after the first steps, or a checksum. */
  readonly value: number;
  /** Of those that compute on a GPU, in their fastest timing. */
  readonly launches?: Launches | undefined;
}

/** Who doesn't take part, and why. */
export interface Absence {
  readonly name: string;
  readonly reason: string;
}

export interface Race {
  readonly workload: Workload;
  readonly results: readonly Result[];
  readonly absent: readonly Absence[];
}

interface Racer {
  readonly runner: Runner;
  readonly value: number;
  readonly timings: Measurement[];
}

/**
 * Times all contenders on a workload, in turns, so that a change in the machine's speed meets all of them. Throws if they
 * don't compute the same.
 */
export async function race(workload: Workload, entrants: readonly Entrant[], options: RaceOptions): Promise<Race> {
  const racers: Racer[] = [];
  const absent: Absence[] = [];
  try {
    for (const entrant of entrants) {
      const runner = new Runner(entrant.name, await entrant.command(workload));
      try {
        racers.push({ runner, value: await firstSteps(runner, options.patience), timings: [] });
      } catch (error) {
        await runner.stop();
        absent.push({ name: entrant.name, reason: (error as Error).message });
      }
    }
    assertSame(racers);
    await takeTurns(racers, options);
  } finally {
    await Promise.all(racers.map(({ runner }) => runner.stop()));
  }
  const results = racers.map(({ runner: { name }, value, timings }) => {
    const sorted = timings.toSorted((a, b) => a.milliseconds - b.milliseconds);
    const [best, median] = [sorted[0], sorted[sorted.length >> 1]] as [Measurement, Measurement];
    return { name, value, best: best.milliseconds, median: median.milliseconds, launches: best.launches };
  });
  return { workload, results, absent };
}

/** After so many steps the values have to agree; later, rounding has moved trainings apart. */
const COMPARED_STEPS = 8;

/** The value after them. The very first step may compile, so that the second one tells how long a step takes. */
async function firstSteps(runner: Runner, patience: number): Promise<number> {
  await runner.run(1);
  const { milliseconds } = await runner.run(1);
  if (milliseconds > patience) throw new Error(`a step takes ${(milliseconds / 1000).toFixed(1)} s`);
  return (await runner.run(COMPARED_STEPS - 2)).value;
}

function assertSame([first, ...others]: readonly Racer[]): void {
  for (const { runner, value } of others) {
    if (first && !(Math.abs(value - first.value) <= 1e-4 * Math.abs(first.value))) {
      throw new Error(`${runner.name} computes something else: ${value}, ${first.runner.name} has ${first.value}`);
    }
  }
}

async function takeTurns(racers: readonly Racer[], { rounds, milliseconds, warmup }: RaceOptions): Promise<void> {
  const steps = new Map<Racer, number>();
  for (const racer of racers) {
    const first = await racer.runner.run(1);
    const warm = await racer.runner.run(Math.ceil(warmup / first.milliseconds));
    steps.set(racer, Math.ceil(milliseconds / warm.milliseconds));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [{ runner, timings }, count] of steps) timings.push(await runner.run(count));
  }
}
