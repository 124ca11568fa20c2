import type { VNode } from 'preact';
import { RateSlider } from '../components/fields.tsx';
import { type ContestantName, contestantNames, contestants, type Rates } from './contestants.ts';
import type { Trajectory } from './race.ts';
import { type Place, surfaces } from './surfaces.ts';
import type { RaceResult } from './worker.ts';

interface StandingsProps {
  readonly result: RaceResult | null;
  readonly rates: Rates;
  readonly shown: ReadonlySet<ContestantName>;
  readonly step: number;
  readonly onRate: (name: ContestantName, rate: number) => void;
  readonly onShow: (name: ContestantName, isShown: boolean) => void;
}

/** Every optimizer: whether it is drawn, its learning rate, and how far it has come. */
export function Standings({ result, rates, shown, step, onRate, onShow }: StandingsProps): VNode {
  return (
    <table class="standings">
      <caption class="hidden">Optimizers after {step} steps</caption>
      <thead>
        <tr>
          <th scope="col">Optimizer</th>
          <th scope="col">Learning rate</th>
          <th scope="col">Loss</th>
          <th scope="col">To a minimum</th>
        </tr>
      </thead>
      <tbody>
        {contestantNames.map((name, i) => (
          <tr key={name} class={shown.has(name) ? '' : 'off'}>
            <th scope="row">
              <label>
                <input
                  type="checkbox"
                  checked={shown.has(name)}
                  onChange={(event) => onShow(name, event.currentTarget.checked)}
                />
                <i class={`badge badge-${name}`}>{i + 1}</i> {contestants[name].label}
              </label>
            </th>
            <td>
              <RateSlider
                label={`Learning rate of ${contestants[name].label}`}
                value={rates[name]}
                onInput={(rate) => onRate(name, rate)}
              />
            </td>
            {result === null ? <td colSpan={2}>–</td> : <Numbers name={name} result={result} step={step} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface NumbersProps {
  readonly name: ContestantName;
  readonly result: RaceResult;
  readonly step: number;
}

function Numbers({ name, result, step }: NumbersProps): VNode {
  const way = result.trajectories[name];
  if (step >= way.loss.length) return <td colSpan={2}>diverged</td>;
  return (
    <>
      <td data-loss={name}>{brief(way.loss[step] as number)}</td>
      <td>{brief(distance(way, step, surfaces[result.options.surface].minima))}</td>
    </>
  );
}

function distance({ x, y }: Trajectory, step: number, minima: readonly Place[]): number {
  return Math.min(...minima.map(([u, v]) => Math.hypot((x[step] as number) - u, (y[step] as number) - v)));
}

/** Three digits, or a power of ten. */
function brief(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e4) ? value.toExponential(1) : value.toPrecision(3);
}
