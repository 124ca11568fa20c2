import { arange, fromValues, scope, type Tensor } from '@gradus/tensor';
import { type ContestantName, contestantNames, contestants, type Rates } from './contestants.ts';
import { type Place, type Surface, type SurfaceName, surfaces } from './surfaces.ts';

/** What is to be computed. */
export interface RaceOptions {
  readonly surface: SurfaceName;
  readonly start: Place;
  readonly rates: Rates;
  readonly steps: number;
}

/** The way of one optimizer: positions and losses, the start included. It ends early where it leaves all numbers. */
export interface Trajectory {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly loss: readonly number[];
}

export type Trajectories = Readonly<Record<ContestantName, Trajectory>>;

/** Beyond this, an optimizer has diverged. */
const FAR = 1e6;

/** A race that was run. */
export interface Race {
  readonly options: RaceOptions;
  readonly trajectories: Trajectories;
}

/** Runs all optimizers from the same start, on the default backend; ways that `previous` has aren't computed again. */
export function race(options: RaceOptions, previous: Race | null = null): Race {
  const { surface, start, rates, steps } = options;
  const entries = contestantNames.map((name) => {
    if (previous !== null && isSameWay(name, options, previous.options)) return [name, previous.trajectories[name]];
    const create = (parameters: Tensor[]) => contestants[name].create(parameters, rates[name]);
    return [name, descend(surfaces[surface].loss, start, create, steps)];
  });
  return { options, trajectories: Object.fromEntries(entries) as Trajectories };
}

function isSameWay(name: ContestantName, a: RaceOptions, b: RaceOptions): boolean {
  const isSameStart = a.start[0] === b.start[0] && a.start[1] === b.start[1];
  return isSameStart && a.surface === b.surface && a.steps === b.steps && a.rates[name] === b.rates[name];
}

function descend(
  loss: Surface['loss'],
  start: Place,
  create: (parameters: Tensor[]) => { zeroGrad(): void; step(): unknown },
  steps: number,
): Trajectory {
  const x = [start[0]];
  const y = [start[1]];
  const losses: number[] = [];
  const position = fromValues(start, [2], { dtype: 'float64', requiresGrad: true });
  const optimizer = create([position]);
  for (let step = 0; ; step++) {
    scope(() => {
      const value = loss(position.select(0, 0), position.select(0, 1));
      losses.push(Number(value.itemSync()));
      if (step === steps) return;
      optimizer.zeroGrad();
      value.backward();
      optimizer.step();
    });
    if (step === steps) return { x, y, loss: losses };
    const [u, v] = position.detach().dataSync() as Float64Array;
    if (!(Math.hypot(u as number, v as number) < FAR)) return { x, y, loss: losses };
    x.push(u as number);
    y.push(v as number);
  }
}

/** The loss on a grid from edge to edge, rows from the top. */
export function sample(name: SurfaceName, width: number, height: number): Float64Array {
  const surface = surfaces[name];
  const axis = (count: number, [low, high]: readonly [number, number]): Tensor =>
    arange(0, count, 1, { dtype: 'float64' })
      .mul((high - low) / (count - 1))
      .add(low);
  const values = scope(() => {
    const x = axis(width, surface.x).expand([height, width]);
    const y = axis(height, surface.y).flip([0]).unsqueeze(1).expand([height, width]);
    return surface.loss(x, y).dataSync() as Float64Array;
  });
  return Float64Array.from(values);
}
