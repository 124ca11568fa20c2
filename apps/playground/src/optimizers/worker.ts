import '@gradus/autograd';
import { serveTraining, type TrainingContext } from '@gradus/train';
import { type Isoline, isoline } from '../components/isoline.ts';
import { useBackend } from '../training/backends.ts';
import { type Race, type RaceOptions, race, sample } from './race.ts';
import { surfaces } from './surfaces.ts';

/** Cells of the longer side of the landscape. */
const CELLS = 180;
const LEVELS = 16;

export interface RaceResult extends Race {
  readonly landscape: Landscape;
}

/** Contour lines, from low to high, on a plane of `width` x `height`. */
export interface Landscape {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Isoline[];
}

// Numbers, one by one: plain JavaScript in float64 is quickest.
await useBackend('cpu');

let latest: RaceResult | null = null;

serveTraining(async ({ options }: TrainingContext<RaceOptions, never>): Promise<RaceResult> => {
  const isSameSurface = latest?.options.surface === options.surface;
  const landscape = isSameSurface && latest !== null ? latest.landscape : landscapeOf(options);
  latest = { ...race(options, latest), landscape };
  return latest;
});

function landscapeOf({ surface: name }: RaceOptions): Landscape {
  const { x, y, density } = surfaces[name];
  const [spanX, spanY] = [x[1] - x[0], y[1] - y[0]];
  const cell = Math.max(spanX, spanY) / CELLS;
  const [width, height] = [Math.round(spanX / cell), Math.round(spanY / cell)];
  const values = sample(name, width, height);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const levels = Array.from({ length: LEVELS }, (_, i) => low + (high - low) * ((i + 1) / (LEVELS + 1)) ** density);
  return { width, height, lines: levels.map((level) => isoline({ width, height, values }, level)) };
}
