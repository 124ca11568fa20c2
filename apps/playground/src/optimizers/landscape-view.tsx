import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { type ContestantName, contestantNames, contestants } from './contestants.ts';
import type { Trajectory } from './race.ts';
import { type Place, type Surface, surfaces } from './surfaces.ts';
import type { Landscape, RaceResult } from './worker.ts';

interface LandscapeViewProps {
  readonly result: RaceResult;
  readonly shown: ReadonlySet<ContestantName>;
  /** Up to which step the ways are drawn. */
  readonly step: number;
  readonly onStart: (start: Place) => void;
}

/** Positions in the plane of the picture. */
type Projection = (x: number, y: number) => Place;

function projectionOf({ x, y }: Surface, { width, height }: Landscape): Projection {
  const keep = (value: number, size: number): number => Math.min(Math.max(value, -size), 2 * size);
  return (u, v) => [
    keep(0.5 + ((u - x[0]) / (x[1] - x[0])) * (width - 1), width),
    keep(0.5 + ((y[1] - v) / (y[1] - y[0])) * (height - 1), height),
  ];
}

/** The surface from above, and the ways of the optimizers down. A click sets where they start. */
export function LandscapeView({ result, shown, step, onStart }: LandscapeViewProps): VNode {
  const { landscape, trajectories, options } = result;
  const surface: Surface = surfaces[options.surface];
  const project = projectionOf(surface, landscape);
  const { width, height } = landscape;
  const press = (event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    onStart([surface.x[0] + x * (surface.x[1] - surface.x[0]), surface.y[1] - y * (surface.y[1] - surface.y[0])]);
  };
  // The same node again isn't compared again.
  const contours = useMemo(() => <Contours landscape={landscape} />, [landscape]);
  const names = contestantNames.filter((name) => shown.has(name));
  const ways = new Map(names.map((name) => [name, pointsOf(trajectories[name], step, project)]));
  return (
    <svg
      class="landscape"
      viewBox={`0.5 0.5 ${width - 1} ${height - 1}`}
      role="img"
      aria-label={`${surface.label} from above, with the ways of ${names.map((name) => contestants[name].label).join(', ')}. The table has the numbers.`}
      onPointerDown={press}
    >
      {contours}
      {surface.minima.map((minimum) => (
        <path key={minimum.join()} class="minimum" d={star(project(...minimum))} />
      ))}
      {names.map((name) => (
        <Way key={name} name={name} points={ways.get(name) as readonly Place[]} />
      ))}
      {names.map((name) => (
        <Head key={name} name={name} place={ways.get(name)?.at(-1) as Place} />
      ))}
    </svg>
  );
}

function Contours({ landscape }: { readonly landscape: Landscape }): VNode {
  return (
    <g>
      {landscape.lines.map(({ area, line }) => (
        <g key={line}>
          <path class="area" d={area} />
          <path class="contour" d={line} />
        </g>
      ))}
    </g>
  );
}

function star([x, y]: Place): string {
  return `M${x - 3},${y}h6M${x},${y - 3}v6M${x - 2.1},${y - 2.1}l4.2,4.2M${x - 2.1},${y + 2.1}l4.2,-4.2`;
}

/** A way up to a step. */
function pointsOf({ x, y }: Trajectory, step: number, project: Projection): readonly Place[] {
  return x.slice(0, step + 1).map((u, i) => project(u, y[i] as number));
}

function Way({ name, points }: { readonly name: ContestantName; readonly points: readonly Place[] }): VNode {
  return (
    <g class={`way way-${name}`} data-way={name}>
      <polyline class="casing" points={points.join(' ')} />
      <polyline points={points.join(' ')} />
    </g>
  );
}

/** The optimizer's number, where it is. */
function Head({ name, place: [x, y] }: { readonly name: ContestantName; readonly place: Place }): VNode {
  return (
    <g class={`way way-${name}`}>
      <circle cx={x} cy={y} r="3.6" />
      <text x={x} y={y + 1.7}>
        {contestantNames.indexOf(name) + 1}
      </text>
    </g>
  );
}
