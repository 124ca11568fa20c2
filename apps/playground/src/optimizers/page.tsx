import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Group, Select, Slider } from '../components/fields.tsx';
import { useLive } from '../training/use-live.ts';
import { Arena } from './arena.ts';
import { type ContestantName, contestantNames, defaultRates } from './contestants.ts';
import { LandscapeView } from './landscape-view.tsx';
import type { RaceOptions } from './race.ts';
import { Standings } from './standings.tsx';
import { type Surface, type SurfaceName, surfaces } from './surfaces.ts';
import { usePlayback } from './use-playback.ts';

const STEPS = 300;

const surfaceChoices = (Object.keys(surfaces) as SurfaceName[]).map((value) => ({
  value,
  label: surfaces[value].label,
}));

const raceOn = (surface: SurfaceName): RaceOptions => ({
  surface,
  start: surfaces[surface].start,
  rates: defaultRates(surfaces[surface]),
  steps: STEPS,
});

/** Of ways that nearly coincide, one is shown at first. */
const shownAtFirst: ReadonlySet<ContestantName> = new Set(
  contestantNames.filter((name) => name !== 'nesterov' && name !== 'adamw'),
);

/** The optimizers of Gradus, from one start on one surface. */
export function OptimizersPage(): VNode {
  const arena = useLive(() => new Arena());
  const [options, setOptions] = useState(() => raceOn('rosenbrock'));
  const [shown, setShown] = useState(shownAtFirst);
  const playback = usePlayback(STEPS);
  useEffect(() => arena.run(options), [arena, options]);
  const { result } = arena;
  const surface: Surface = surfaces[options.surface];
  const show = (name: ContestantName, isShown: boolean): void => {
    setShown(new Set(contestantNames.filter((other) => (other === name ? isShown : shown.has(other)))));
  };
  return (
    <>
      <h1>Optimizers on their way down</h1>
      <p class="lead">
        Each line is one optimizer, from the same start to where its steps lead it; the darker the ground, the higher
        the loss, and stars mark the minima. {surface.story}
      </p>
      <div class={arena.isRunning ? 'columns optimizers busy' : 'columns optimizers'} aria-busy={arena.isRunning}>
        <section class="card" aria-label="Surface">
          {result === null ? (
            <p class="status" role="status">
              {arena.error === '' ? 'Computing …' : `It failed: ${arena.error}`}
            </p>
          ) : (
            <LandscapeView
              result={result}
              shown={shown}
              step={playback.step}
              onStart={(start) => setOptions({ ...options, start })}
            />
          )}
          <div class="playback">
            <button type="button" class="primary" onClick={playback.toggle}>
              {playback.isPlaying ? 'Pause' : 'Play'}
            </button>
            <Slider
              label="Step"
              value={playback.step}
              min={0}
              max={STEPS}
              step={1}
              text={String(playback.step)}
              onInput={playback.seek}
            />
          </div>
        </section>
        <section class="card" aria-label="Settings and standings">
          <Group title="Surface and start">
            <Select
              label="Surface"
              value={options.surface}
              options={surfaceChoices}
              onChange={(name) => setOptions(raceOn(name))}
            />
            <Start surface={surface} options={options} onChange={setOptions} />
          </Group>
          <Standings
            result={result}
            rates={options.rates}
            shown={shown}
            step={playback.step}
            onShow={show}
            onRate={(name, rate) => setOptions({ ...options, rates: { ...options.rates, [name]: rate } })}
          />
          <div class="buttons">
            <button type="button" onClick={() => setOptions(raceOn(options.surface))}>
              Reset rates and start
            </button>
          </div>
        </section>
      </div>
    </>
  );
}

interface StartProps {
  readonly surface: Surface;
  readonly options: RaceOptions;
  readonly onChange: (options: RaceOptions) => void;
}

/** Where they start, for keyboards; a click on the surface does the same. */
function Start({ surface, options, onChange }: StartProps): VNode {
  const [x, y] = options.start;
  return (
    <div class="pair">
      <Slider
        label="Start x"
        value={x}
        min={surface.x[0]}
        max={surface.x[1]}
        step={0.005}
        text={x.toFixed(2)}
        onInput={(value) => onChange({ ...options, start: [value, y] })}
      />
      <Slider
        label="Start y"
        value={y}
        min={surface.y[0]}
        max={surface.y[1]}
        step={0.005}
        text={y.toFixed(2)}
        onInput={(value) => onChange({ ...options, start: [x, value] })}
      />
    </div>
  );
}
