import { type Backend, manualSeed, randn, scope } from '@gradus/gradus';

export interface Contender {
  readonly name: string;
  readonly backend: Backend;
  /** Called before each of its turns. */
  readonly prepare?: () => void;
}

export interface Time {
  readonly name: string;
  /** Median time of one product, in milliseconds. */
  readonly milliseconds: number;
}

/**
 * Times the product of two square float32 matrices by every contender, in turns, so that a change in the machine's speed
 * meets all of them. Only the ratios within one race mean anything.
 */
export function race(contenders: readonly Contender[], size: number, rounds = 15): readonly Time[] {
  const runs = contenders.map(({ backend, prepare = () => {} }) => {
    manualSeed(0);
    const [a, b] = [randn([size, size], { backend }), randn([size, size], { backend })];
    return () => {
      prepare();
      const started = performance.now();
      scope(() => void a.matmul(b));
      return performance.now() - started;
    };
  });
  const times = runs.map((run) => {
    run();
    return [] as number[];
  });
  for (let round = 0; round < rounds; round++) {
    for (const [k, run] of runs.entries()) times[k]?.push(run());
  }
  return contenders.map(({ name }, k) => ({ name, milliseconds: median(times[k] as number[]) }));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
